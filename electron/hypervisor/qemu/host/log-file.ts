import type { FileHandle } from 'node:fs/promises';
import { openToWrite } from '../../../files/bounded-file.ts';

/** An open file that programs write their messages to. */
export interface Log extends AsyncDisposable {
  readonly path: string;
  readonly handle: FileHandle;
}

/** Empties or makes the file; only this user may read it. */
export async function openLog(path: string): Promise<Log> {
  // Programs that share the descriptor append, so that none writes over another's words.
  const handle = await openToWrite(path, 0o600);
  try {
    await handle.truncate(0);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return { path, handle, [Symbol.asyncDispose]: () => handle.close() };
}
