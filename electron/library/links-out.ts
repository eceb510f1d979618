import { lstatSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import { shownPath } from '../contract/opened-paths.ts';
import { readAnnotations } from './annotations.ts';
import { confirmedPaths } from './confirmed-paths.ts';
import { hasCode } from '../files/error-codes.ts';
import { tartFiles, tatinFiles } from './layout.ts';

/**
 * Makes sure that no file of a VM is a link to what its user has not given it: code that copies, sends or grows that file
 * would do so with another one of this computer, and what was copied would be the VM's own from then on.
 * @param doing what is refused: "duplicated"
 * @throws AppError `paths-not-confirmed`
 */
export function requireNoLinksOut(folder: string, macAddress: string, doing: string): void {
  const names = [...Object.values(tartFiles), ...Object.values(tatinFiles), ...disksIn(folder)];
  const links = names.filter((name) => lstatSync(path.join(folder, name), { throwIfNoEntry: false })?.isSymbolicLink());
  if (links.length === 0) return;
  const [home, confirmed] = [realpathSync(folder), confirmedPaths(folder, macAddress)];
  for (const name of links) {
    const place = targetOf(path.join(folder, name));
    if (place === undefined || path.dirname(place) === home || confirmed.some((one) => one.path === place)) continue;
    const vm = path.basename(folder);
    throw new AppError(
      'paths-not-confirmed',
      `“${vm}” can't be ${doing}: ${shownPath(name)} in its folder is a link to ${shownPath(place)}, and you have not allowed that on this computer.`,
      { hint: `Take the link away. If it is right, type: tatin set ${shownPath(vm)} --allow-paths.` },
    );
  }
}

/** The folder itself is not listed: that would count as a use of the VM. */
function disksIn(folder: string): string[] {
  const inside = readAnnotations(folder).extraDisks.filter((disk) => path.dirname(disk.path) === folder);
  return inside.map((disk) => path.basename(disk.path));
}

/** Undefined for a link that leads nowhere: nothing can be read there. */
function targetOf(link: string): string | undefined {
  try {
    return realpathSync(link);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES')) return undefined;
    throw error;
  }
}
