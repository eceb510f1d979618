import { AppError } from '../contract/errors.ts';
import { mayPass } from './frame-filter.ts';

/** QEMU and passt put the length of a frame before it, highest byte first. */
const prefixBytes = 4;

/** The longest frame that QEMU takes from a guest (`NET_BUFSIZE` in its include/net/net.h). */
const maxFrameBytes = 4096 + 65_536;

/**
 * As much as Linux puts into one piece of a Unix socket's queue, at least (net/unix/af_unix.c, `UNIX_SKB_FRAGS_SZ`).
 * Such a write is taken whole or not at all: a passt of 2023 that sees a piece of a frame reads once more and takes what
 * there is then for the rest.
 */
const maxRunBytes = 32_768;

/**
 * Takes frames out of a guest's stream as its bytes come, and gives on those that may pass. Holds at most one frame that
 * is not whole yet.
 */
export class FrameStream {
  /** The frame that is not whole, its length before it. */
  #part = Buffer.alloc(prefixBytes);
  #partBytes = 0;

  /**
   * Whole frames that may pass, in runs that are each to be written at once. They lie in the same memory as what was
   * given, which is moved about in for it.
   * @throws AppError `unexpected` if this is no stream of frames
   */
  take(bytes: Buffer): Buffer[] {
    const runs: Buffer[] = [];
    let at = this.#finishPart(bytes, runs);
    let [runStart, runEnd] = [at, at];
    while (bytes.length - at >= prefixBytes) {
      const end = at + prefixBytes + frameLength(bytes, at);
      if (end > bytes.length) break;
      if (mayPass(bytes, at + prefixBytes, end)) {
        if (runEnd > runStart && runEnd - runStart + (end - at) > maxRunBytes) {
          runs.push(bytes.subarray(runStart, runEnd));
          runStart = runEnd;
        }
        if (runEnd !== at) bytes.copyWithin(runEnd, at, end);
        runEnd += end - at;
      }
      at = end;
    }
    if (runEnd > runStart) runs.push(bytes.subarray(runStart, runEnd));
    this.#beginPart(bytes, at);
    return runs;
  }

  /** Where the bytes go on behind the frame that was begun before. */
  #finishPart(bytes: Buffer, runs: Buffer[]): number {
    if (this.#partBytes === 0) return 0;
    const at = this.#fill(bytes, 0, prefixBytes);
    if (this.#partBytes < prefixBytes) return at;
    const wanted = prefixBytes + frameLength(this.#part, 0);
    this.#makeRoom(wanted);
    const end = this.#fill(bytes, at, wanted);
    if (this.#partBytes < wanted) return end;
    if (mayPass(this.#part, prefixBytes, wanted)) runs.push(this.#part);
    this.#part = Buffer.alloc(prefixBytes);
    this.#partBytes = 0;
    return end;
  }

  #beginPart(bytes: Buffer, at: number): void {
    if (at === bytes.length) return;
    if (bytes.length - at >= prefixBytes) this.#makeRoom(prefixBytes + frameLength(bytes, at));
    this.#fill(bytes, at, this.#part.length);
  }

  #makeRoom(wanted: number): void {
    if (this.#part.length === wanted) return;
    const part = Buffer.allocUnsafe(wanted);
    this.#part.copy(part, 0, 0, this.#partBytes);
    this.#part = part;
  }

  /** Takes bytes until there are as many as wanted; returns where it stopped. */
  #fill(bytes: Buffer, at: number, wanted: number): number {
    const end = at + Math.min(Math.max(wanted - this.#partBytes, 0), bytes.length - at);
    this.#partBytes += bytes.copy(this.#part, this.#partBytes, at, end);
    return end;
  }
}

function frameLength(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32BE(at);
  if (length <= maxFrameBytes) return length;
  throw new AppError('unexpected', `A guest's network card sent a frame of ${length} bytes, and none is that long.`);
}
