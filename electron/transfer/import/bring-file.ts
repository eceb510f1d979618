import { link, lstat, rm } from 'node:fs/promises';
import { hasCode } from '../../files/error-codes.ts';
import type { Work } from '../../jobs/work.ts';
import { leafOf, openPart, type Part, pathOf } from './door.ts';
import { copyDisk, type SupervisionStatus } from './resumable-disk.ts';

/** How files that are taken as they are come into the library. */
export interface FileTransfer {
  /** `move` takes the original away once the machine is made. */
  readonly how: 'copy' | 'move';
  readonly supervision: SupervisionStatus;
  readonly work: Work;
}

/**
 * Makes `to` a copy of a file; if it is to be moved and the volume is the same, a second name of it, so that the original
 * stays whole until the machine is made.
 */
export async function bringFile(from: Part, to: string, { how, supervision, work }: FileTransfer): Promise<void> {
  if (how === 'move' && (await isSecondName(from, to))) return;
  const what = `Importing ${JSON.stringify(leafOf(from))}`;
  await copyDisk(from, { target: to, what, supervision, work });
}

/**
 * Gives a file a second name, where the volume can. Only a path can be given one, so what has it then is compared with
 * what the door opened.
 */
async function isSecondName(from: Part, to: string): Promise<boolean> {
  await using handle = await openPart(from);
  try {
    await link(pathOf(from), to);
  } catch (error) {
    if (!hasCode(error, 'EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'ENOENT', 'ELOOP')) throw error;
    return false;
  }
  const [opened, linked] = [await handle.stat({ bigint: true }), await lstat(to, { bigint: true })];
  if (opened.dev === linked.dev && opened.ino === linked.ino) return true;
  await rm(to);
  return false;
}
