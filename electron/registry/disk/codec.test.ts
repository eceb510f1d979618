import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, readdirSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { decodePlainly } from './testing/plain-decoder.ts';
import { decodeToFile, emptyDisk, withDecoder } from './testing/decode-to-file.ts';
import { encodeRange } from './encode-range.ts';
import { lendMemory } from './lent-memory.ts';
import { decoderMemoryBytes, encode, encodedBound } from './native.ts';

const makeImage = path.join(import.meta.dirname, '../testing/make-image.py');
const signal = new AbortController().signal;

function encoded(plain: Uint8Array): Buffer {
  const target = Buffer.alloc(encodedBound(plain.length));
  return Buffer.concat([target.subarray(0, encode(plain, plain.length, target)), Buffer.from('bv4$')]);
}

/** Runs of zeros, of one letter, of text and of noise, as a disk has them. */
const plainBytes = fc
  .array(
    fc.oneof(
      fc.integer({ min: 1, max: 150_000 }).map((length) => Buffer.alloc(length)),
      fc.integer({ min: 1, max: 70_000 }).map((length) => Buffer.alloc(length, 'abcabcd')),
      fc.uint8Array({ minLength: 1, maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
      fc.integer({ min: 1, max: 70_000 }).map((length) => randomBytes(length)),
    ),
    { maxLength: 6 },
  )
  .map((parts) => Buffer.concat(parts));

describe('the codec', () => {
  it('reads stored, independent and linked blocks of any size that another program made', () => {
    using folder = temporaryFolder();
    const image = path.join(folder.path, 'image');
    execFileSync('python3', [makeImage, image]);
    const whole = readFileSync(`${image}.disk`);
    const manifest = JSON.parse(readFileSync(path.join(image, 'manifest.json'), 'utf8')) as {
      layers: { mediaType: string; digest: string; annotations?: Record<string, string> }[];
    };
    const layers = manifest.layers.filter(({ mediaType }) => mediaType.endsWith('disk.v2'));
    let offset = 0;
    for (const { digest, annotations = {} } of layers) {
      const stream = readFileSync(path.join(image, digest.replace('sha256:', '')));
      const length = Number(annotations['org.cirruslabs.tart.uncompressed-size']);
      const expected = whole.subarray(offset, offset + length);
      expect(decodePlainly(stream, length).equals(expected)).toBe(true);
      const file = emptyDisk(folder.path, whole.length);
      const made = decodeToFile(file, stream, length, [1, 7, 4096, 100_000], offset);
      expect(made.subarray(offset, offset + length).equals(expected)).toBe(true);
      expect(made.subarray(0, offset).every((byte) => byte === 0)).toBe(true);
      offset += length;
    }
    expect(offset).toBe(whole.length);
  });

  it('gives back what it packed, at any offset and however the stream is cut', () => {
    using folder = temporaryFolder();
    fc.assert(
      fc.property(
        plainBytes,
        fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 140_000 }),
        (plain, pieces, offset) => {
          const file = emptyDisk(folder.path, offset + plain.length + 5000);
          const made = decodeToFile(file, encoded(plain), plain.length, pieces, offset);
          expect(made.subarray(offset, offset + plain.length).equals(plain)).toBe(true);
          expect(made.subarray(0, offset).every((byte) => byte === 0)).toBe(true);
          expect(made.subarray(offset + plain.length).every((byte) => byte === 0)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('agrees with a plain reading of the format about what is damaged, and never writes outside of the layer', () => {
    using folder = temporaryFolder();
    fc.assert(
      fc.property(
        fc
          .uint8Array({ minLength: 1, maxLength: 3000 })
          .map((bytes) => Buffer.concat([Buffer.from(bytes), Buffer.alloc(500, 'xyz')])),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.option(fc.nat(), { nil: undefined }),
        (plain, changes, cut) => {
          const stream = encoded(plain);
          for (const [at, value] of changes) stream[at % stream.length] = value;
          const given = cut === undefined ? stream : stream.subarray(0, cut % (stream.length + 1));
          const expected = attempt(() => {
            const made = decodePlainly(given, plain.length);
            if (made.length !== plain.length) throw new Error('too little');
            return made;
          });
          const file = emptyDisk(folder.path, 3 * 4096 + plain.length);
          const made = attempt(() =>
            decodeToFile(file, given, plain.length, [997], 4096).subarray(4096, 4096 + plain.length),
          );
          const after = readFileSync(file);
          expect(after.subarray(0, 4096).every((byte) => byte === 0)).toBe(true);
          expect(after.subarray(4096 + plain.length).every((byte) => byte === 0)).toBe(true);
          // LZ4's own decoder asks more of the end of a block than the description of a match needs, never less.
          if (expected === undefined) expect(made).toBeUndefined();
          else if (made !== undefined) expect(made.equals(expected)).toBe(true);
          if (changes.length === 0 && cut === undefined) expect(made).toBeDefined();
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ['a block that says it is 4 GB', Buffer.from('62763431ffffffffffffffff', 'hex'), /larger than any encoder/],
    ['a stored block of 4 GB', Buffer.from('6276342dffffffff', 'hex'), /larger than any encoder/],
    ['more than the layer holds', Buffer.from('6276342d00010000', 'hex'), /more data than its size/],
    ['letters that are no block', Buffer.from('bv42....'), /unknown letters/],
    ['nothing at all', Buffer.alloc(0), /ends too early/],
    ['an end at once', Buffer.from('bv4$'), /less data/],
    ['something after the end', Buffer.from('bv4$.'), /follow its end/],
    ['a compressed block without data', Buffer.from('627634310100000000000000', 'hex'), /no data/],
  ])('refuses %s', (_, stream, reason) => {
    using folder = temporaryFolder();
    const file = emptyDisk(folder.path, 100);
    expect(() => decodeToFile(file, stream, 100)).toThrow(
      expect.objectContaining({ code: 'LZ4_DAMAGED', message: expect.stringMatching(reason) as string }) as Error,
    );
  });

  it('refuses a match at offset 0 wherever in a block it stands', () => {
    using folder = temporaryFolder();
    const words = Array.from({ length: 400 }, (_, index) => `${index * 7919} `.repeat(1 + (index % 23)));
    const plain = Buffer.from(`${words.join('')}${'long '.repeat(300)}${words.join('-')}`).subarray(0, 64 * 1024);
    const stream = encoded(plain);
    const offsets = matchOffsets(stream, 12, 12 + stream.readUInt32LE(8));
    expect(offsets.length).toBeGreaterThan(1000);
    const file = emptyDisk(folder.path, plain.length);
    expect(decodeToFile(file, stream, plain.length).equals(plain)).toBe(true);
    for (const at of offsets) {
      const hostile = Buffer.from(stream);
      hostile.writeUInt16LE(0, at);
      expect(() => decodePlainly(hostile, plain.length)).toThrow();
      expect(() => decodeToFile(file, hostile, plain.length), `offset at ${at}`).toThrow(
        expect.objectContaining({ code: 'LZ4_DAMAGED' }) as Error,
      );
    }
  });

  it('goes on from every checkpoint with what is on disk', () => {
    using folder = temporaryFolder();
    const image = path.join(folder.path, 'image');
    execFileSync('python3', [makeImage, image]);
    using memory = lendMemory(decoderMemoryBytes());
    // The largest blobs are those whose blocks refer to each other.
    const streams = readdirSync(image)
      .map((name) => readFileSync(path.join(image, name)))
      .filter((bytes) => bytes.subarray(0, 3).toString() === 'bv4');
    for (const stream of streams) {
      const plain = decodePlainly(stream, 10_000_000);
      for (let stop = 50_000; stop < stream.length; stop += 50_000) {
        const file = emptyDisk(folder.path, plain.length + 100);
        const hash = createHash('sha256');
        const onPlain = (start: number, length: number): void =>
          void hash.update(memory.bytes.subarray(start, start + length));
        const [encodedStart, plainStart] = withDecoder(
          file,
          { plainBytes: plain.length, offset: 100 },
          (decoder) => {
            decoder.push(stream, stop, onPlain);
            return decoder.checkpoint(onPlain);
          },
          memory.bytes,
        );
        expect(encodedStart).toBeGreaterThan(stop - 140_000);
        const window = readFileSync(file)
          .subarray(100, 100 + plainStart)
          .subarray(-65_536);
        const range = { plainBytes: plain.length, offset: 100, encodedStart, plainStart };
        const left = stream.subarray(encodedStart);
        withDecoder(
          file,
          range,
          (decoder) => {
            decoder.push(left, left.length, onPlain);
            decoder.finish(onPlain);
          },
          memory.bytes,
          window,
        );
        // What was told before the checkpoint and after it is the whole.
        expect(hash.digest('hex')).toBe(createHash('sha256').update(plain).digest('hex'));
        expect(readFileSync(file).subarray(100).equals(plain)).toBe(true);
      }
    }
  });

  it('leaves holes where there are zeros, and packs holes as if they were written', async () => {
    using folder = temporaryFolder();
    const length = 8 * 1024 ** 2 + 777;
    const sparse = emptyDisk(folder.path, length, 'sparse');
    const plain = Buffer.alloc(length);
    plain.write('data', 3 * 1024 ** 2 + 100);
    const fd = openSync(sparse, 'r+');
    writeSync(fd, 'data', 3 * 1024 ** 2 + 100);
    const pieces: Uint8Array[] = [];
    const result = await encodeRange(
      { fd, offset: 0, length },
      (piece) => Promise.resolve(void pieces.push(piece)),
      signal,
    );
    closeSync(fd);
    const stream = Buffer.concat(pieces);
    expect(stream.equals(encoded(plain))).toBe(true);
    expect(result).toEqual({
      digest: `sha256:${createHash('sha256').update(stream).digest('hex')}`,
      plainDigest: `sha256:${createHash('sha256').update(plain).digest('hex')}`,
      sizeBytes: stream.length,
    });
    const file = emptyDisk(folder.path, length, 'copy');
    expect(decodeToFile(file, stream, length).equals(plain)).toBe(true);
    expect(statSync(file).blocks * 512).toBeLessThanOrEqual(128 * 1024);
  });
});

/** Where in a stream the offsets of the matches of one LZ4 block are. */
function matchOffsets(stream: Buffer, from: number, to: number): number[] {
  const offsets: number[] = [];
  let at = from;
  const lengthOf = (short: number): number => {
    let sum = short;
    for (let more = short === 15 ? 255 : 0; more === 255; sum += more) more = stream[at++] ?? 0;
    return sum;
  };
  for (;;) {
    const token = stream[at++] ?? 0;
    at += lengthOf(token >> 4);
    if (at >= to) return offsets;
    offsets.push(at);
    at += 2;
    lengthOf(token & 15);
  }
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof TypeError) throw error;
    return undefined;
  }
}
