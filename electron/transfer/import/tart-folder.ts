import { parseConfig, type VmConfig } from '../../library/config.ts';
import { ConfigError } from '../../files/config-error.ts';
import { hasCode } from '../../files/error-codes.ts';
import { tartFiles } from '../../library/layout.ts';
import { type Part, readPart } from './door.ts';
import { damaged, NotImportable, unsupported } from './not-importable.ts';

const title = 'Tart virtual machine';

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

/** A small text file; undefined where there is none, or it is none that Tatin writes. */
export async function readTextPart(part: Part): Promise<string | undefined> {
  try {
    return (await readPart(part)).toString('utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT') || error instanceof NotImportable) return undefined;
    throw error;
  }
}

/** Reads the settings of a folder. @throws NotImportable */
export async function readTartFolder(folder: string): Promise<VmConfig> {
  return readTartConfig((await readPart({ root: folder, name: tartFiles.config })).toString('utf8'));
}
