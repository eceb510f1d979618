import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Folders that hold what is made from sources, never sources. */
const madeFolders = new Set(['node_modules', 'build', 'dist', '.cache']);

/**
 * Every file under `path` (or `path` itself), sorted, so that the same tree always gives the same list. Tests are left
 * out: nothing that is built holds them.
 * @param {string} path
 * @returns {string[]}
 */
function sourceFiles(path) {
  /** @type {import('node:fs').Dirent[]} */
  let entries;
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch (error) {
    const code = /** @type {NodeJS.ErrnoException} */ (error).code;
    if (code === 'ENOTDIR') return [path];
    if (code === 'ENOENT') return [];
    throw error;
  }
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const child = join(path, entry.name);
      if (entry.isDirectory()) return madeFolders.has(entry.name) ? [] : sourceFiles(child);
      return /\.test\.[a-z]+$/.test(entry.name) ? [] : [child];
    });
}

/**
 * A hash over names and contents of the given files and folders, and over `extra`. Paths that do not exist count as
 * empty, so that their appearance changes it.
 * @param {string} root the folder that `paths` are relative to
 * @param {readonly string[]} paths
 * @param {readonly string[]} [extra] anything else that the result depends on, e.g. the platform
 */
export function fingerprint(root, paths, extra = []) {
  const hash = createHash('sha256');
  for (const item of extra) hash.update(`${item}\0`);
  for (const path of paths) {
    for (const file of sourceFiles(join(root, path))) {
      hash.update(`${file.slice(root.length)}\0`);
      hash.update(createHash('sha256').update(readFileSync(file)).digest());
    }
  }
  return hash.digest('hex');
}

/**
 * What {@link writeStamp} last wrote there, or undefined.
 * @param {string} file
 */
export function readStamp(file) {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/**
 * Remembers the fingerprint that something was made from, in one step.
 * @param {string} file
 * @param {string} value
 */
export function writeStamp(file, value) {
  mkdirSync(dirname(file), { recursive: true });
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, `${value}\n`);
  renameSync(aside, file);
}
