import type { FileHandle } from 'node:fs/promises';
import type { ConvertibleDisk } from './import-plan.ts';
import { damaged } from './not-importable.ts';
import { OpenPiece } from './open-piece.ts';
import { convertStretch, virtualBytes } from './qemu-img.ts';
import { sectorBytes } from './vmdk-descriptor.ts';

/**
 * How long the disk is that `qemu-img` will make of its images: as long as their headers said to us, whole sectors aside.
 * @throws NotImportable, AppError `image-damaged`
 */
export async function requireLength(disk: ConvertibleDisk, signal: AbortSignal): Promise<number> {
  let length = disk.bytes;
  for (const piece of disk.pieces) {
    await using opened = await OpenPiece.open(piece);
    const { imageBytes } = opened;
    if (imageBytes === undefined) continue;
    const found = await virtualBytes(opened, signal);
    if (Math.abs(found - imageBytes) >= sectorBytes)
      throw damaged('Disk image', `its header says ${imageBytes} bytes, and its tables ${found}`);
    if (piece.bytes === disk.bytes && found !== imageBytes) length = found;
  }
  return length;
}

/**
 * Fills a part of a raw disk, which has zeros there, from the images that it lies in. `onFraction` is told 0 to 1.
 * @throws like `convertStretch`
 */
export async function fillDisk(
  { pieces }: ConvertibleDisk,
  target: FileHandle,
  { from, to }: { readonly from: number; readonly to: number },
  onFraction: (fraction: number) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const piece of pieces) {
    if (piece.from >= to || piece.from + piece.bytes <= from) continue;
    await using opened = await OpenPiece.open(piece);
    const stretch = opened.stretch(from, to);
    const end = Math.min(to, piece.from + piece.bytes);
    const done = (fraction: number): void =>
      onFraction((stretch.target - from + fraction * (end - stretch.target)) / (to - from));
    await convertStretch(opened, target, stretch, done, signal);
  }
}
