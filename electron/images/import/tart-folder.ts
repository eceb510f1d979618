import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError, parseConfig, type VmConfig } from '../../library/config.ts';
import { hasCode } from '../../library/file-errors.ts';
import { tartFiles } from '../../library/layout.ts';
import { damaged, unsupported } from './not-importable.ts';

const title = 'Tart virtual machine';
/** A settings file of some kilobytes; what is longer is none. */
const longestConfig = 1024 ** 2;

/** The settings of a machine in Tart's layout, as a folder or in an archive. @throws NotImportable */
export function readTartConfig(text: string): VmConfig {
  try {
    return parseConfig(text);
  } catch (error) {
    if (error instanceof ConfigError) throw damaged(title, error.message);
    throw error;
  }
}

/**
 * Makes sure that a folder is a whole machine in Tart's layout, with one disk that is all there is.
 * @param names of the files in it
 * @throws NotImportable
 */
export function requireWhole(names: readonly string[]): void {
  if (names.includes(tartFiles.manifest) && names.includes(tartFiles.overlay))
    throw unsupported(
      title,
      'Its disk is a stack of layers, which only a newer Tart reads.',
      'Clone it there to one with a disk of its own, and export that.',
    );
  for (const leaf of [tartFiles.config, tartFiles.disk])
    if (!names.includes(leaf)) throw damaged(title, `${leaf} is missing`);
}

/** A small text file; undefined where there is none, or it is longer than any that Tatin writes. */
export async function readTextFile(file: string): Promise<string | undefined> {
  try {
    return (await stat(file)).size > longestConfig ? undefined : await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EISDIR')) return undefined;
    throw error;
  }
}

/** Reads the settings of a folder. @throws NotImportable */
export async function readTartFolder(folder: string): Promise<VmConfig> {
  const file = path.join(folder, tartFiles.config);
  if ((await stat(file)).size > longestConfig) throw damaged(title, `${tartFiles.config} is too long`);
  return readTartConfig(await readFile(file, 'utf8'));
}
