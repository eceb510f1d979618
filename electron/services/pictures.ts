import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { tatinFiles } from '../library/layout.ts';
import type { Machine } from '../hypervisor/machine.ts';

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

/**
 * The pictures of screens: of a running machine taken when asked, and the last one kept in its folder, so that a
 * machine that is off still shows what it was doing.
 */
export class Pictures {
  readonly #keptAtMs = new Map<string, number>();
  readonly #versions = new Map<string, string>();

  /** The screen now; keeps one on the way if the one on disk is old. */
  async take(machine: Machine, maxWidth: number): Promise<Picture | undefined> {
    const isOld = performance.now() - (this.#keptAtMs.get(machine.folder) ?? -Infinity) > keepIntervalMs;
    if (isOld) await this.keepLast(machine);
    return await machine.picture(maxWidth);
  }

  /** Keeps the screen as it is now, for after the end. Never fails: a picture is not worth a failed shut-down. */
  async keepLast(machine: Machine): Promise<void> {
    try {
      const picture = await machine.picture(keptWidth);
      if (picture !== undefined) await this.#keep(machine.folder, picture);
    } catch {
      // The machine may be gone already; the picture before this one stays.
    }
  }

  async #keep(folder: string, picture: Picture): Promise<void> {
    const file = path.join(folder, tatinFiles.picture);
    const partial = `${file}.partial`;
    try {
      await writeFile(partial, picture.png);
      await rename(partial, file);
      this.#keptAtMs.set(folder, performance.now());
    } catch {
      await rm(partial, { force: true });
    }
  }

  /** The one on disk. */
  async last(folder: string): Promise<Picture | undefined> {
    try {
      const png = await readFile(path.join(folder, tatinFiles.picture));
      const size = pngSize(png);
      return size === undefined ? undefined : { png, ...size };
    } catch {
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

const pngSignature = Buffer.from('89504e470d0a1a0a', 'hex');

/** Width and height from the IHDR chunk (PNG specification, 11.2.2); undefined if it is no PNG. */
function pngSize(png: Buffer): { width: number; height: number } | undefined {
  if (png.length < 24 || !png.subarray(0, 8).equals(pngSignature)) return undefined;
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
}
