import { rename, rm, writeFile } from 'node:fs/promises';

/**
 * Writes a file in one step: whoever reads it sees the old content or the new. It is made beside it under a name that
 * nobody can know, so that nothing that waits there (a named pipe, a link) is written to.
 * @throws Node's errors of writing; nothing is left beside the file then
 */
export async function replaceFile(
  file: string,
  content: string | Uint8Array,
  { mode = 0o666, flush = false }: { readonly mode?: number; readonly flush?: boolean } = {},
): Promise<void> {
  const aside = `${file}.${crypto.randomUUID()}.partial`;
  try {
    await writeFile(aside, content, { flag: 'wx', mode, flush });
    await rename(aside, file);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}
