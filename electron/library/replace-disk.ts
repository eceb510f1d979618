import { open, rename, stat, truncate } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import { copyFileSparsely } from '../files/copy.ts';
import { lockVm } from './delete.ts';
import { hasCode } from '../files/error-codes.ts';
import type { Home } from './home.ts';
import { tartFiles } from './layout.ts';
import { FolderLock, diskInUse } from '../files/locks.ts';
import { Staging } from './staging.ts';
import type { LibraryVm } from './vm.ts';
import type { Work } from '../jobs/work.ts';

/** How the images of others begin that a guest could not read as a disk. */
const otherFormats: readonly { name: string; magic: string }[] = [
  { name: 'a qcow2 image', magic: 'QFI\xfb' },
  { name: 'a VMware image', magic: 'KDMV' },
  { name: 'a Hyper-V image', magic: 'vhdxfile' },
  { name: 'a VirtualBox image', magic: '<<< ' },
  { name: "a disk in Apple's sparse format (ASIF)", magic: 'shdw' },
];

/**
 * Replaces the disk of a VM that is shut down with a copy of a raw image, in one step: until the copy is whole, the VM
 * keeps the disk it has.
 * @throws AppError `vm-running`, `state-not-allowed` while suspended, `file-not-found`, `invalid-input`, `disk-in-use`,
 *   `no-space`, `cancelled`
 */
export async function replaceDisk(home: Home, vm: LibraryVm, imagePath: string, work: Work): Promise<void> {
  using _runLock = lockVm(vm.folder, vm.name, 'Shut it down first.');
  if (vm.suspendedAt !== undefined)
    throw new AppError(
      'state-not-allowed',
      `${JSON.stringify(vm.name)} is suspended, and its saved state needs its disk.`,
      {
        hint: 'Start it and shut it down, or discard the saved state.',
      },
    );
  if (vm.config.diskFormat !== 'raw')
    throw new AppError('not-supported', "A disk in Apple's sparse format (ASIF) can't be replaced by this version.");
  const diskPath = path.join(vm.folder, tartFiles.disk);
  await requireRawImage(imagePath);
  using _imageLock = lockDisk(imagePath);
  using _diskLock = lockDisk(diskPath);
  await using staging = await Staging.make(home);
  const copy = path.join(staging.folder, tartFiles.disk);
  await copyFileSparsely(imagePath, copy, `Copying ${imagePath}`, {
    signal: work.signal,
    onBytes: (bytesDone, bytesTotal) => work.progress({ step: 'Copying the disk', bytesDone, bytesTotal }),
  });
  const { size } = await stat(copy);
  // A guest sees whole sectors.
  if (size % 512 !== 0) await truncate(copy, Math.ceil(size / 512) * 512);
  await rename(copy, diskPath);
}

async function requireRawImage(imagePath: string): Promise<void> {
  const start = Buffer.alloc(16);
  try {
    if (!(await stat(imagePath)).isFile()) throw new AppError('invalid-input', `${imagePath} is not a file.`);
    const file = await open(imagePath, 'r');
    try {
      const { bytesRead } = await file.read(start, 0, start.length, 0);
      if (bytesRead === 0) throw new AppError('invalid-input', `${imagePath} is empty.`);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR'))
      throw new AppError('file-not-found', `There is no file ${imagePath}.`, { cause: error });
    throw error;
  }
  const other = otherFormats.find(({ magic }) => start.subarray(0, magic.length).equals(Buffer.from(magic, 'latin1')));
  if (other !== undefined)
    throw new AppError('invalid-input', `${imagePath} is ${other.name}, and the disk must be a raw image.`, {
      hint: `Convert it first: qemu-img convert -O raw ${JSON.stringify(imagePath)} disk.img`,
    });
}

function lockDisk(diskPath: string): FolderLock {
  const lock = diskInUse(diskPath) ? undefined : FolderLock.tryAcquire(diskPath, 'shared');
  if (lock !== undefined) return lock;
  throw new AppError('disk-in-use', `Another program uses ${diskPath}.`, {
    hint: 'It may be mounted. Close it there and try again.',
    retry: true,
  });
}
