import { chmod, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { partsOf } from '../../jobs/weighted-parts.ts';
import { requireSpace } from '../../files/space.ts';
import { bringFile, type FileTransfer } from './bring-file.ts';
import { openReader } from './byte-reader.ts';
import { detect, type Packing } from './detect.ts';
import { partAt, type Part } from './door.ts';
import type { PlannedDisk } from './import-plan.ts';
import { damaged } from './not-importable.ts';
import { convertDisk } from './resumable-disk.ts';
import { unpackTo } from './unpack.ts';

/** A disk to be made, and the file that it becomes. */
export interface DiskMaking extends FileTransfer {
  readonly target: string;
}

/**
 * Makes a disk of an image. True if the original is the new disk now.
 * @throws AppError `no-space`, `image-damaged`, and as Node's functions do
 */
export async function makeDisk({ source, name, allocatedBytes }: PlannedDisk, making: DiskMaking): Promise<boolean> {
  const { target, how } = making;
  const what = `Importing ${JSON.stringify(name)}`;
  if (source.how === 'copy') {
    await bringFile(source.part, target, making);
    // An image may be read-only; a disk is not.
    await chmod(target, 0o600);
    return how === 'move';
  }
  if (source.how === 'convert') await convertDisk(source, allocatedBytes, { ...making, what });
  else {
    await requireSpace(path.dirname(target), allocatedBytes, what);
    await unpackDisk(source, what, making);
  }
  return false;
}

/** What is unpacked may be an image with a header again, which is told only now. */
async function unpackDisk(
  { part: packed, packing }: { part: Part; packing: Packing },
  what: string,
  { target, supervision, work }: DiskMaking,
): Promise<void> {
  const [unpacking, converting] = partsOf(work, [4, 1]);
  await unpackTo(
    packed,
    packing,
    target,
    (bytesDone, bytesTotal) => unpacking.progress({ step: 'Unpacking the disk', bytesDone, bytesTotal }),
    work.signal,
  );
  const detected = await detectFile(target);
  if (detected.is !== 'disk' || detected.image.extents !== undefined)
    throw damaged('Compressed file', 'what is in it is not a disk image');
  const { format, bytes } = detected.image;
  if (format === 'raw' || format === 'asif') return;
  const image = `${target}.image`;
  await rename(target, image);
  const place = { part: await partAt(image) };
  const piece = { from: 0, bytes, format: format === 'vhd' ? ('vpc' as const) : format, place };
  // At once: another try would have to unpack the image again anyway.
  const atOnce = { ...supervision, windowBytes: Number.MAX_SAFE_INTEGER };
  await convertDisk({ bytes, pieces: [piece] }, bytes, { target, what, supervision: atOnce, work: converting });
  await rm(image);
}

async function detectFile(file: string) {
  await using reader = await openReader(await partAt(file));
  return await detect(reader);
}
