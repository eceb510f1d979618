import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Plan, PlannedDisk } from './plan.ts';

/**
 * In what the devices that a guest was suspended with differ from those of a plan, in words; nothing if it can go on with
 * them. What only the host sees of them may differ: ports that lead in, and how its disks are cached.
 */
export function differencesOf(saved: { folder: string; plan: Plan }, fresh: Plan, folder: string): string[] {
  const [before, now] = [shapeOf(saved.plan, saved.folder), shapeOf(fresh, folder)];
  return Object.entries(now).flatMap(([what, value]) =>
    isDeepStrictEqual(value, Object.entries(before).find(([key]) => key === what)?.[1]) ? [] : [words[what] ?? what],
  );
}

const words: Readonly<Record<string, string>> = {
  arch: 'processor',
  cpuCount: 'number of CPUs',
  memoryBytes: 'memory',
  disks: 'disks',
  network: 'network',
  shares: 'shared folders',
  display: 'display',
  inputs: 'keyboard or pointer',
  nested: 'nested virtualization',
};

function shapeOf(plan: Plan, folder: string) {
  return {
    arch: plan.arch,
    cpuCount: plan.cpuCount,
    memoryBytes: plan.memoryBytes,
    disks: plan.disks.map((disk) => shapeOfDisk(disk, folder)),
    network: shapeOfNetwork(plan.network),
    shares: plan.shares.map(({ tag, path: place, readOnly }) => ({ tag, place, readOnly })),
    display: { width: plan.display.width, height: plan.display.height },
    inputs: { keyboard: plan.keyboard, pointer: plan.pointer },
    nested: plan.nested,
  };
}

/** A VM may have been renamed since, which changes the paths of its own files and nothing in them. */
function shapeOfDisk({ path: place, kind, readOnly }: PlannedDisk, folder: string) {
  return { place: path.dirname(place) === folder ? path.basename(place) : place, kind, readOnly };
}

function shapeOfNetwork(network: Plan['network']) {
  if (network.kind === 'none') return { kind: network.kind };
  if (network.kind === 'bridged') return { kind: network.kind, cards: network.cards };
  return { kind: network.kind, macAddress: network.macAddress, subnet: network.subnet };
}
