import { mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Servers and the host processes of running guests may still load chunks of the build that they started from. */
const staleAfterMs = 7 * 24 * 60 * 60 * 1000;

/**
 * @param {string} folder
 * @returns {string[]} paths of all files under it
 */
function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/**
 * Moves a build into place file by file, the files that others name (`isEntry`) last, so that at no moment an entry
 * names a chunk that is not there. Files that no build has renewed for a week are swept away.
 * @param {string} from folder on the same file system as `to`; gone afterwards
 * @param {string} to
 * @param {(name: string) => boolean} isEntry
 * @param {Date} [now]
 */
export function publish(from, to, isEntry, now = new Date()) {
  const names = filesUnder(from).map((file) => relative(from, file));
  const ordered = [...names.filter((name) => !isEntry(name)), ...names.filter(isEntry)];
  for (const name of ordered) {
    const target = join(to, name);
    mkdirSync(dirname(target), { recursive: true });
    utimesSync(join(from, name), now, now);
    renameSync(join(from, name), target);
  }
  rmSync(from, { recursive: true, force: true });
  for (const file of filesUnder(to)) {
    if (now.getTime() - statSync(file).mtimeMs > staleAfterMs) rmSync(file, { force: true });
  }
}
