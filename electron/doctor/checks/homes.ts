import type { HomeReport } from '../../contract/settings.ts';
import { type Check, type Finding, passed } from '../check.ts';
import { diskText } from '../../contract/words/sizes.ts';
import { count, listed } from '../words.ts';

/** The homes that are known, in use or not. That the one in use is gone, `free-space` says already. */
export const otherHomes: Check = {
  id: 'homes',
  title: 'Homes',
  look: async ({ homes }) => judgeHomes(await homes()),
};

export function judgeHomes(homes: readonly HomeReport[]): Finding {
  const gone = homes.filter(({ inUse, unavailable }) => !inUse && unavailable !== undefined);
  const lookedAt = `Looked into ${count(homes.length, 'home')}.`;
  const details = listed(homes.map(homeText));
  if (gone.length === 0) return { ...passed(`${count(homes.length, 'home')}, all can be reached`, lookedAt), details };
  const isNext = gone.some((home) => home.isNext);
  return {
    state: isNext ? 'failed' : 'attention',
    summary: `${count(gone.length, 'home')} can’t be reached, so what is in ${gone.length === 1 ? 'it' : 'them'} can’t be used${isNext ? ', and Tatin is to open one of them when it starts the next time' : ''}. Connect the drive, or take the home off the list.`,
    lookedAt,
    details,
    cures: [
      { id: 'settings', title: 'Show Homes', kind: 'place', place: 'settings' },
      ...gone
        .filter((home) => !home.isNext)
        .map(({ path }) => ({
          ...{ id: `forget ${path}`, title: 'Forget in a Terminal', kind: 'command' as const },
          says: `tatin home remove '${path.replaceAll("'", `'\\''`)}'`,
        })),
    ],
  };
}

function homeText({
  path,
  unavailable,
  machineCount,
  machinesBytes,
  cacheBytes,
  freeBytes,
  totalBytes,
}: HomeReport): string {
  if (unavailable !== undefined) return `${path}: ${unavailable}`;
  return `${path}: ${count(machineCount, 'machine')} with ${diskText(machinesBytes)}, cache with ${diskText(cacheBytes)}; ${diskText(freeBytes)} of ${diskText(totalBytes)} free`;
}
