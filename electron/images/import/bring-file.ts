import { link } from 'node:fs/promises';
import path from 'node:path';
import { hasCode } from '../../library/file-errors.ts';
import type { Work } from '../../library/vm.ts';
import { copyDisk, type Keeping } from './resumable-disk.ts';

/** How files that are taken as they are come into the library. */
export interface Bringing {
  /** `move` takes the original away once the machine is made. */
  readonly how: 'copy' | 'move';
  readonly keeping: Keeping;
  readonly work: Work;
}

/**
 * Makes `to` a copy of a file; if it is to be moved and the volume is the same, a second name of it, so that the original
 * stays whole until the machine is made.
 */
export async function bringFile(from: string, to: string, { how, keeping, work }: Bringing): Promise<void> {
  if (how === 'move') {
    try {
      await link(from, to);
      return;
    } catch (error) {
      if (!hasCode(error, 'EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) throw error;
    }
  }
  const what = `Importing ${JSON.stringify(path.basename(from))}`;
  await copyDisk(from, { target: to, what, keeping, work });
}
