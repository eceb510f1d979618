import type { FileHandle } from 'node:fs/promises';
import { openPart, type Part } from './door.ts';

/** Bytes that can be read at any place: a file, a part of one, or what a test made up. */
export interface ByteReader {
  readonly size: number;
  /** At most `length` bytes from `offset` on; fewer at the end, none behind it. What lies before the beginning is left out. */
  read(offset: number, length: number): Promise<Buffer>;
}

/** A reader that holds a file open. */
export interface FileReader extends ByteReader, AsyncDisposable {}

/** Opens a part for reading at any place. @throws like {@link openPart} */
export async function openReader(part: Part): Promise<FileReader> {
  const handle = await openPart(part);
  try {
    return { ...(await readerOfHandle(handle)), [Symbol.asyncDispose]: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Reads an open file at any place; of one that grows, what it had. The handle stays the caller's. */
export async function readerOfHandle(handle: FileHandle): Promise<ByteReader> {
  const { size } = await handle.stat();
  return {
    size,
    read: async (from, length) => {
      const offset = Math.max(0, from);
      const wanted = Math.max(0, Math.min(from + length, size) - offset);
      const buffer = Buffer.alloc(wanted);
      let done = 0;
      while (done < wanted) {
        const { bytesRead } = await handle.read(buffer, done, wanted - done, offset + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return buffer.subarray(0, done);
    },
  };
}

/** A reader of bytes that are here already. */
export function readerOf(bytes: Uint8Array): ByteReader {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    size: buffer.length,
    read: (offset, length) => Promise.resolve(buffer.subarray(Math.max(0, offset), Math.max(0, offset + length))),
  };
}

/** A part of another reader, as if it were all there is. */
export function windowOf(reader: ByteReader, start: number, length: number): ByteReader {
  const size = Math.max(0, Math.min(length, reader.size - start));
  return {
    size,
    read: (from, wanted) => {
      const offset = Math.max(0, from);
      return reader.read(start + offset, Math.max(0, Math.min(from + wanted, size) - offset));
    },
  };
}

/** Little- or big-endian 64-bit number that must fit into a double exactly; undefined if it does not or is missing. */
export function uint64(bytes: Buffer, offset: number, order: 'le' | 'be'): number | undefined {
  if (offset + 8 > bytes.length) return undefined;
  const value = order === 'le' ? bytes.readBigUInt64LE(offset) : bytes.readBigUInt64BE(offset);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}
