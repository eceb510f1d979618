import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { memoryText } from '../../contract/words/sizes.ts';
import type { Host } from '../../contract/host.ts';
import type { Annotations, ExtraDisk, GuestArch } from '../../contract/machine.ts';
import type { VmConfig } from '../../library/config.ts';
import { minMemoryBytes } from '../../library/guest-sizes.ts';
import { tartFiles } from '../../library/layout.ts';
import type { RunOptions } from '../machine.ts';
import { type PlannedNetwork, planNetwork } from '../shared/plan-network.ts';
import { type PlannedShare, planShares } from '../shared/plan-options.ts';

/** A disk or disc as the guest gets it. */
export interface PlannedDisk {
  /** Absolute. */
  readonly path: string;
  /** `disc` is an ISO image: a read-only optical drive that is started from only if no disk can be. */
  readonly kind: 'disk' | 'disc';
  readonly readOnly: boolean;
  /** What happens when the guest flushes: nothing, a flush to the drive, or one through the drive's own cache. */
  readonly sync: 'none' | 'fsync' | 'full';
  readonly caching: 'automatic' | 'cached' | 'uncached';
}

/** What a machine of QEMU's is made of, as plain data. What QEMU is started with on this host: `QemuSetup`. */
export interface Plan {
  readonly name: string;
  readonly arch: GuestArch;
  readonly cpuCount: number;
  /** Whole MiB. */
  readonly memoryBytes: number;
  /** The first is the VM's own. */
  readonly disks: readonly [PlannedDisk, ...PlannedDisk[]];
  readonly network: PlannedNetwork;
  readonly shares: readonly PlannedShare[];
  readonly display: { readonly width: number; readonly height: number };
  readonly keyboard: boolean;
  readonly pointer: boolean;
  /** Whether the guest may run guests itself, where the host can. */
  readonly nested: boolean;
}

/** What a plan must know of the host. */
export interface PlanFacts {
  readonly guests: Host['guests'];
  /** Most CPUs that QEMU can give one guest. */
  readonly maxCpus: number;
  /** Memory that a new guest can have now, in bytes. */
  readonly memoryAvailableBytes: number;
  /** Why a guest can't run guests itself here, if so. */
  readonly nestedNotAvailable?: string | undefined;
}

const mebibyte = 1024 ** 2;

/**
 * Config, sidecar and run options as devices. Pure: looks at no file.
 * @throws AppError `wrong-architecture`, `no-hypervisor`, `not-supported`, `not-enough-memory`, `invalid-input`
 */
export function buildPlan(
  vm: { folder: string; config: VmConfig; annotations: Annotations },
  options: RunOptions,
  facts: PlanFacts,
): Plan {
  const { config, annotations } = vm;
  const name = path.basename(vm.folder);
  checkGuest(config, facts);
  return {
    name,
    arch: config.arch,
    cpuCount: checkedCpus(config.cpuCount, facts),
    memoryBytes: checkedMemory(config.memorySize, facts),
    disks: planDisks(vm.folder, config, options, options.extraDisks ?? annotations.extraDisks),
    network: planNetwork(
      config,
      options.network ?? annotations.network,
      options.portForwards ?? annotations.portForwards,
    ),
    shares: planShares(options.sharedFolders ?? annotations.sharedFolders),
    display: { width: config.display.width, height: config.display.height },
    keyboard: options.keyboard ?? true,
    pointer: options.pointer ?? true,
    nested: planNested(options.nested ?? annotations.nested, facts),
  };
}

function checkGuest(config: VmConfig, facts: PlanFacts): void {
  const guest = facts.guests.find(({ os, arch }) => os === config.os && arch === config.arch);
  if (guest !== undefined && guest.notAvailable === undefined) return;
  const what = `${config.os === 'darwin' ? 'macOS' : 'Linux'} for ${config.arch}`;
  if (facts.guests.every(({ notAvailable }) => notAvailable !== undefined))
    throw new AppError('no-hypervisor', guest?.notAvailable ?? "This computer can't run virtual machines.", {
      hint: 'Run npm run setup, which installs what is missing.',
    });
  throw new AppError('wrong-architecture', `The guest is ${what}, which this computer can't run.`, {
    hint: guest?.notAvailable ?? 'macOS guests need a Mac with Apple silicon.',
  });
}

function checkedCpus(count: number, facts: PlanFacts): number {
  if (count <= facts.maxCpus) return count;
  throw new AppError('invalid-input', `${count} CPUs are more than a guest can have here (${facts.maxCpus}).`, {
    hint: 'Set fewer CPUs.',
  });
}

function checkedMemory(bytes: number, facts: PlanFacts): number {
  const whole = Math.floor(bytes / mebibyte) * mebibyte;
  if (whole < minMemoryBytes)
    throw new AppError('invalid-input', 'A guest needs at least 64 MB of memory.', { hint: 'Give it more memory.' });
  if (whole <= facts.memoryAvailableBytes) return whole;
  throw new AppError(
    'not-enough-memory',
    `The guest wants ${memoryText(whole)} of memory, and this computer has ${memoryText(facts.memoryAvailableBytes)} left.`,
    { hint: 'Stop another guest or close other programs, or give this one less memory.', retry: true },
  );
}

function planDisks(
  folder: string,
  config: VmConfig,
  { rootDisk }: RunOptions,
  extraDisks: readonly ExtraDisk[],
): Plan['disks'] {
  if (config.diskFormat !== 'raw')
    throw new AppError('not-supported', 'The disk is in the ASIF format, which only macOS can read.', {
      hint: 'Convert it to a raw disk on the Mac first.',
    });
  const root: PlannedDisk = {
    path: path.join(folder, tartFiles.disk),
    kind: 'disk',
    readOnly: rootDisk?.readOnly ?? false,
    sync: rootDisk?.sync ?? 'full',
    caching: rootDisk?.caching ?? 'automatic',
  };
  const disks: [PlannedDisk, ...PlannedDisk[]] = [root];
  for (const extra of extraDisks) disks.push(planExtraDisk(extra, config.arch, disks));
  return disks;
}

function planExtraDisk(extra: ExtraDisk, arch: GuestArch, before: readonly PlannedDisk[]): PlannedDisk {
  if (!path.isAbsolute(extra.path))
    throw new AppError('invalid-input', `“${extra.path}” is not the whole path of a disk.`);
  if (before.some((disk) => disk.path === extra.path))
    throw new AppError('disk-in-use', `“${extra.path}” is given to this machine twice.`);
  const isDisc = /\.iso$/i.test(extra.path);
  const other = arch === 'arm64' ? /\b(amd64|x86[_-]64|x64)\b/i : /\b(arm64|aarch64)\b/i;
  const leaf = path.basename(extra.path);
  // "_" counts as a letter for \b, and names such as debian_arm64.iso are common.
  if (isDisc && other.test(leaf.replaceAll(/_(?!64)/g, '-')))
    throw new AppError('wrong-architecture', `“${leaf}” is for another processor than this machine's (${arch}).`, {
      hint: `Use the ${arch} image, or make a machine for the other processor.`,
    });
  return {
    path: extra.path,
    kind: isDisc ? 'disc' : 'disk',
    readOnly: isDisc || extra.readOnly,
    sync: 'full',
    caching: 'automatic',
  };
}

/** @throws AppError `not-supported` with the reason */
function planNested(wanted: boolean, { nestedNotAvailable }: PlanFacts): boolean {
  if (!wanted || nestedNotAvailable === undefined) return wanted;
  throw new AppError('not-supported', `The machine can't run guests itself: ${nestedNotAvailable}`, {
    hint: 'Turn off nested virtualization in its settings.',
  });
}
