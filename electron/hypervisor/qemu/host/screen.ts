import { rm } from 'node:fs/promises';
import path from 'node:path';
import { PNG } from 'pngjs';
import type { Qmp } from '../qmp.ts';
import { readBounded } from '../../../files/bounded-file.ts';

export interface Picture {
  png: Buffer;
  width: number;
  height: number;
}

interface Pixels {
  width: number;
  height: number;
  /** Red, green, blue. */
  rgb: Buffer;
}

/** 16,384 by 16,384 pixels, QEMU's own bound, in three bytes each, and some more for a header. */
const maxScreenBytes = 16_384 ** 2 * 3 + 4096;

/**
 * Takes a picture of the screen, at most `maxWidth` pixels wide. `pngs`: QEMU can write PNG files itself (7.1 on), which
 * is the quicker way where nothing is to be scaled. Undefined while the guest has no screen.
 */
export async function takePicture(
  qmp: Qmp,
  runFolder: string,
  { maxWidth, pngs }: { maxWidth: number; pngs: boolean },
): Promise<Picture | undefined> {
  const file = path.join(runFolder, 'screen.ppm');
  try {
    await qmp.execute('screendump', { filename: file, ...(pngs ? { format: 'ppm' } : {}) });
    const pixels = parsePpm(await readBounded(file, maxScreenBytes));
    if (pixels === undefined || pixels.width === 0) return undefined;
    if (pngs && pixels.width <= maxWidth) {
      await qmp.execute('screendump', { filename: file, format: 'png' });
      return { png: await readBounded(file, maxScreenBytes), width: pixels.width, height: pixels.height };
    }
    return encodePng(scaleDown(pixels, maxWidth));
  } finally {
    await rm(file, { force: true });
  }
}

/** A binary PPM with 8 bits a colour (netpbm's ppm(5)), as QEMU writes it; undefined if it is none. */
export function parsePpm(bytes: Buffer): Pixels | undefined {
  const header = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(bytes.toString('latin1', 0, 64));
  if (header === null) return undefined;
  const width = Number(header[1]);
  const height = Number(header[2]);
  const rgb = bytes.subarray(header[0].length);
  return rgb.length < width * height * 3 ? undefined : { width, height, rgb };
}

/** Each new pixel is the mean of those that it stands for, so that small text stays readable. */
export function scaleDown(pixels: Pixels, maxWidth: number): Pixels {
  if (pixels.width <= maxWidth) return pixels;
  const width = Math.max(1, Math.floor(maxWidth));
  const height = Math.max(1, Math.round((pixels.height * width) / pixels.width));
  const rgb = Buffer.allocUnsafe(width * height * 3);
  const columns = edges(pixels.width, width);
  const rows = edges(pixels.height, height);
  for (let row = 0, to = 0; row < height; row++)
    for (let column = 0; column < width; column++, to += 3) {
      const [left, right] = [columns[column] ?? 0, columns[column + 1] ?? 0];
      writeMean(pixels, { left, right, top: rows[row] ?? 0, bottom: rows[row + 1] ?? 0 }, rgb, to);
    }
  return { width, height, rgb };
}

/** Where the source pixels of each new one begin; the last entry is the end. */
function edges(from: number, to: number): number[] {
  return Array.from({ length: to + 1 }, (_, index) => Math.floor((index * from) / to));
}

function writeMean(
  { rgb, width }: Pixels,
  box: { left: number; right: number; top: number; bottom: number },
  into: Buffer,
  to: number,
): void {
  let [red, green, blue, count] = [0, 0, 0, 0];
  for (let y = box.top; y < Math.max(box.bottom, box.top + 1); y++)
    for (let x = box.left, at = (y * width + box.left) * 3; x < box.right; x++, at += 3) {
      red += rgb[at] ?? 0;
      green += rgb[at + 1] ?? 0;
      blue += rgb[at + 2] ?? 0;
      count++;
    }
  into[to] = red / count;
  into[to + 1] = green / count;
  into[to + 2] = blue / count;
}

/** A PNG file of the pixels. */
export function encodePng({ width, height, rgb }: Pixels): Picture {
  const image = new PNG({ width, height, colorType: 2, inputHasAlpha: false, bitDepth: 8 });
  image.data = rgb;
  return { png: PNG.sync.write(image, { colorType: 2, inputHasAlpha: false, deflateLevel: 6 }), width, height };
}
