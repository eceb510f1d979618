import { stat } from 'node:fs/promises';
import path from 'node:path';
import { PNG } from 'pngjs';
import type { Machine } from '../../hypervisor/machine.ts';
import { encodePng, scaleDown } from '../../hypervisor/qemu/host/screen.ts';
import { tatinFiles } from '../../library/layout.ts';
import { readBounded } from '../../files/bounded-file.ts';
import { replaceFile } from '../../files/replace-file.ts';

export interface Picture {
  /** A PNG file. */
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Pixels: enough for the largest card on a screen with two pixels a point. */
const keptWidth = 960;
/** A picture on disk older than this, in milliseconds, is replaced when a new one is taken anyway. */
const keepIntervalMs = 15_000;
/** Several times what a kept picture has. */
const maxPixels = 4096 * 4096;
/** No picture that was kept here comes near this, in bytes. */
const maxBytes = 16 * 1024 * 1024;

/**
 * The pictures of screens: of a running machine taken when asked, and the last one kept in its folder, so that a
 * machine that is off still shows what it was doing.
 */
export class Pictures {
  readonly #keptAtMs = new Map<string, number>();
  readonly #versions = new Map<string, string>();

  /** The screen now; keeps it on the way if the one on disk is old. */
  async take(machine: Machine, maxWidth: number): Promise<Picture | undefined> {
    const isOld = performance.now() - (this.#keptAtMs.get(machine.folder) ?? -Infinity) > keepIntervalMs;
    if (!isOld) return await machine.picture(maxWidth);
    const picture = await machine.picture(keptWidth);
    if (picture === undefined) return undefined;
    await this.#keep(machine.folder, picture);
    const isWhole = picture.width < keptWidth;
    return isWhole || maxWidth === keptWidth ? scaled(picture, maxWidth) : await machine.picture(maxWidth);
  }

  /** Keeps the screen as it is now, for after the end. Never fails: a picture is not worth a failed shut-down. */
  async keepLast(machine: Machine): Promise<void> {
    try {
      const picture = await inTime(machine.picture(keptWidth));
      if (picture !== undefined) await this.#keep(machine.folder, picture);
    } catch {
      // The machine may be gone already, or hang; the picture before this one stays.
    }
  }

  async #keep(folder: string, picture: Picture): Promise<void> {
    const file = path.join(folder, tatinFiles.picture);
    try {
      await replaceFile(file, picture.png);
      this.#keptAtMs.set(folder, performance.now());
    } catch {
      // The one before stays.
    }
  }

  /** The one on disk, at most `maxWidth` pixels wide. */
  async last(folder: string, maxWidth: number): Promise<Picture | undefined> {
    try {
      const file = path.join(folder, tatinFiles.picture);
      const png = await readBounded(file, maxBytes);
      const size = pngSize(png);
      return size === undefined ? undefined : scaled({ png, ...size }, maxWidth);
    } catch {
      // None there, or what is there is no picture.
      return undefined;
    }
  }

  /** Changes whenever the one on disk does; undefined while there is none. Remembered until {@link look}. */
  version(folder: string): string | undefined {
    return this.#versions.get(folder);
  }

  /** Looks again which picture is on disk. */
  async look(folder: string): Promise<void> {
    try {
      const { mtimeMs, size } = await stat(path.join(folder, tatinFiles.picture));
      this.#versions.set(folder, `${Math.floor(mtimeMs)}-${size}`);
    } catch {
      this.#versions.delete(folder);
    }
  }

  forget(folder: string): void {
    this.#versions.delete(folder);
    this.#keptAtMs.delete(folder);
  }
}

/** A machine that hangs draws nothing any more, and is turned off all the same; in milliseconds. */
const lastPictureMs = 3_000;

async function inTime<T>(work: Promise<T>): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), lastPictureMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

const pngSignature = Buffer.from('89504e470d0a1a0a', 'hex');

/** Width and height from the IHDR chunk (PNG specification, 11.2.2); undefined if it is no PNG, or one too large. */
function pngSize(png: Buffer): { width: number; height: number } | undefined {
  if (png.length < 24 || !png.subarray(0, 8).equals(pngSignature)) return undefined;
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  // A few bytes can claim to be four thousand million pixels wide, and unpacking makes room for them first.
  return width > 0 && height > 0 && width * height <= maxPixels ? { width, height } : undefined;
}

/** The picture no wider than asked. @throws if it is no PNG */
function scaled(picture: Picture, maxWidth: number): Picture {
  if (picture.width <= maxWidth) return picture;
  const { width, height, data } = PNG.sync.read(Buffer.from(picture.png));
  const rgb = Buffer.allocUnsafe(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) data.copy(rgb, pixel * 3, pixel * 4, pixel * 4 + 3);
  return encodePng(scaleDown({ width, height, rgb }, maxWidth));
}
