import { closeSync, constants, openSync } from 'node:fs';
import { loadNativeAddon } from '../../files/native-addon.ts';
import { openPastCache } from '../../files/direct-io.ts';
import { bypassCache } from '../../files/posix.ts';

/** Where a layer goes, and how far an earlier transfer of it came. Bytes. */
export interface DecoderRange extends DiskFile {
  /** Of the layer in the file. */
  readonly offset: number;
  readonly plainBytes: number;
  readonly encodedStart: number;
  readonly plainStart: number;
  /** For a file system without holes, where zeros must be written over what was there. */
  readonly writeZeros: boolean;
}

/**
 * Unpacks one layer into its range of a file, leaving holes where it holds zeros. Errors have the code `LZ4_DAMAGED` (the
 * message ends a sentence about the layer) or that of a system call; after one the decoder is of no use.
 */
export interface Decoder {
  push(bytes: Uint8Array, length: number, onPlain: OnPlain): void;
  /** Writes all that was decoded; [encoded, plain] bytes, from which another decoder can go on. */
  checkpoint(onPlain: OnPlain): [number, number];
  /** Makes sure that the stream ended where it should, and writes the rest. */
  finish(onPlain: OnPlain): void;
  /** Lets go of its memory; it is of no use after that. */
  close(): void;
  readonly plainBytes: number;
}

/** Is told where in the decoder's memory the next plain bytes are: each once and in order, zeros too, before they are written. */
type OnPlain = (start: number, length: number) => void;

/** What `native/transfer/transfer.cc` exports. */
interface Addon {
  Decoder: new (range: DecoderRange, memory: Uint8Array, dictionary: Uint8Array) => Decoder;
  readonly decoderMemoryBytes: number;
  encodedBound(length: number): number;
  encode(bytes: Uint8Array | null, length: number, target: Uint8Array): number;
  writeSparsely(
    fd: number,
    directFd: number,
    bytes: Uint8Array,
    length: number,
    offset: number,
    writeZeros: boolean,
    keepFreeBytes: number,
  ): void;
}

let loaded: Addon | undefined;

function addon(): Addon {
  // The addon's own source is what says that this is its shape; there is nothing to parse in a function.
  loaded ??= loadNativeAddon('transfer') as Addon;
  return loaded;
}

/** How far back a block may refer to what was decoded before it. */
export const windowBytes = 64 * 1024;

/** Memory that a decoder works in. */
export function decoderMemoryBytes(): number {
  return addon().decoderMemoryBytes;
}

/**
 * @param memory {@link decoderMemoryBytes} at the border of a page, for nobody else until the decoder is closed
 * @param dictionary the last {@link windowBytes} of plain bytes before `range.plainStart`
 */
export function createDecoder(range: DecoderRange, memory: Uint8Array, dictionary: Uint8Array): Decoder {
  return new (addon().Decoder)(range, memory, dictionary);
}

/** Room that the encoded form of so many bytes needs at most. */
export function encodedBound(length: number): number {
  return addon().encodedBound(length);
}

/**
 * Puts the encoded form of the first `length` bytes, or of so many zeros (`null`), at the start of `target`; returns how
 * many bytes that made. Only the last piece of a layer may have a length that is no multiple of 64 KiB, or the output
 * would depend on how it was cut.
 */
export function encode(bytes: Uint8Array | null, length: number, target: Uint8Array): number {
  return addon().encode(bytes, length, target);
}

/** Ends a layer. */
export const endMark: Uint8Array = Buffer.from('bv4$');

/** Writes bytes at an offset, leaving out runs of zeros: there must be a hole already, unless `writeZeros`. */
export function writeSparsely(
  file: DiskFile,
  bytes: Uint8Array,
  length: number,
  offset: number,
  writeZeros: boolean,
): void {
  addon().writeSparsely(file.fd, file.directFd, bytes, length, offset, writeZeros, file.keepFreeBytes);
}

/** The descriptors of one disk; numbers, since worker threads share them. */
export interface DiskFile {
  readonly fd: number;
  /** Open past the page cache on the same file; -1 where the file system caches everything. */
  readonly directFd: number;
  /** What stays free on its volume: a write that would take of that fails with `ENOSPC`. */
  readonly keepFreeBytes: number;
}

/** Opens a disk for reading and writing. Images are larger than what is worth caching, so writes go past the cache. */
export function openDisk(file: string, keepFreeBytes: number): DiskFile & Disposable {
  const fd = openSync(file, constants.O_RDWR);
  bypassCache(fd);
  const directFd = openPastCache(file);
  return {
    fd,
    directFd,
    keepFreeBytes,
    [Symbol.dispose]: () => {
      closeSync(fd);
      if (directFd !== -1) closeSync(directFd);
    },
  };
}
