import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type MacDraft, macDraftSchema } from '../contract/macos.ts';

/**
 * How far a person has come with a new macOS machine. There is one, since there is one sheet; what another version wrote
 * and this one can't read counts as none.
 */
export async function readMacDraft(stateFolder: string): Promise<MacDraft | null> {
  try {
    return macDraftSchema.parse(JSON.parse(await readFile(draftPath(stateFolder), 'utf8')));
  } catch {
    return null;
  }
}

/** Keeps it in place of the last one; `null` forgets it. */
export async function keepMacDraft(stateFolder: string, draft: MacDraft | null): Promise<void> {
  const file = draftPath(stateFolder);
  if (draft === null) {
    await rm(file, { force: true });
    return;
  }
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  const partial = `${file}.${crypto.randomUUID()}.partial`;
  try {
    await writeFile(partial, JSON.stringify(draft));
    await rename(partial, file);
  } finally {
    await rm(partial, { force: true });
  }
}

function draftPath(stateFolder: string): string {
  return path.join(stateFolder, 'new-macos.json');
}
