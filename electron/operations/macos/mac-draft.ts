import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { type MacDraft, macDraftSchema } from '../../contract/macos.ts';
import { readBounded } from '../../files/bounded-file.ts';
import { parseBoundedJson } from '../../files/bounded-json.ts';
import { replaceFile } from '../../files/replace-file.ts';

/**
 * How far a person has come with a new macOS machine. There is one, since there is one sheet; what another version wrote
 * and this one can't read counts as none.
 */
export async function readMacDraft(stateFolder: string): Promise<MacDraft | null> {
  try {
    return macDraftSchema.parse(parseBoundedJson((await readBounded(draftPath(stateFolder))).toString()));
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
  await replaceFile(file, JSON.stringify(draft));
}

function draftPath(stateFolder: string): string {
  return path.join(stateFolder, 'new-macos.json');
}
