import type { Host } from '../../contract/host.ts';
import type { Check, Repair, Finding } from '../check.ts';
import { diskText, memoryText } from '../../contract/words/sizes.ts';

/** Below this a guest that writes what its disk promises may find the host's full; in bytes. */
const minFreeBytes = 5e9;
/** Enough for a usual Linux image, which is 20 GB of disk, mostly empty; in bytes. */
const comfortableFreeBytes = 20e9;

const prune: Repair = { id: 'prune', title: 'Prune Images…', kind: 'place', place: 'images' };

export const freeSpace: Check = {
  id: 'free-space',
  title: 'Free space',
  look: async ({ host }) => judgeSpace((await host()).home),
};

export function judgeSpace(home: Host['home']): Finding {
  const { freeBytes, totalBytes, error } = home;
  if (error !== undefined)
    return { state: 'failed', summary: `The machines can’t be reached. ${error}`, lookedAt: `Looked at ${home.path}.` };
  const lookedAt = `Looked at the volume of ${home.path}: ${diskText(freeBytes)} of ${diskText(totalBytes)} free`;
  if (freeBytes < minFreeBytes)
    return {
      state: 'failed',
      summary: 'Pulls stop, and a guest that writes into a full disk is paused until there is room.',
      lookedAt: `${lookedAt}; at least ${diskText(minFreeBytes)} is needed.`,
      cures: [prune],
    };
  if (freeBytes < comfortableFreeBytes)
    return {
      state: 'attention',
      summary: `${diskText(freeBytes)} are left, less than one more usual image takes.`,
      lookedAt: `${lookedAt}.`,
      cures: [prune],
    };
  return { state: 'passed', summary: `${diskText(freeBytes)} free`, lookedAt: `${lookedAt}.` };
}

/** The least that a guest with a screen is comfortable in; in bytes. */
const minMemoryBytes = 1024 ** 3;

export const freeMemory: Check = {
  id: 'free-memory',
  title: 'Memory',
  look: async ({ host }) => judgeMemory(await host()),
};

export function judgeMemory(host: Pick<Host, 'memoryAvailableBytes' | 'memoryBytes'>): Finding {
  const { memoryAvailableBytes, memoryBytes } = host;
  const lookedAt = `${memoryText(memoryAvailableBytes)} of ${memoryText(memoryBytes)} can be had without pushing others out.`;
  if (memoryAvailableBytes >= minMemoryBytes)
    return {
      state: 'passed',
      summary: `${memoryText(memoryAvailableBytes)} of ${memoryText(memoryBytes)} free for guests`,
      lookedAt,
    };
  return {
    state: 'attention',
    summary: 'Another guest would not fit: the system would swap, and all of them get slow.',
    lookedAt,
    cures: [{ id: 'running', title: 'Show Running', kind: 'place', place: 'running' }],
  };
}
