import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { hasCode } from '../files/error-codes.ts';
import type { Home } from './home.ts';

/**
 * Deletes a folder of the home: first out of sight, where a kill leaves something that the next sweep finishes; at once
 * where `tmp/` is on another volume. @throws Error with `ENOENT` if it is not there
 */
export async function deleteAtomically(home: Home, folder: string): Promise<void> {
  await mkdir(home.tmp, { recursive: true });
  const aside = path.join(home.tmp, randomUUID().toUpperCase());
  try {
    await rename(folder, aside);
  } catch (error) {
    if (!hasCode(error, 'EXDEV')) throw error;
    await rm(folder, { recursive: true });
    return;
  }
  await rm(aside, { recursive: true, force: true });
}
