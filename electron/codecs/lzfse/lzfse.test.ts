import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodecError } from './codec-error.ts';
import { packLzfse, unpackLzfse } from './codec.ts';
import { decodeLzfseStream } from './testing/reference/decode-stream.ts';
import { decodeLzfse } from './testing/reference/decode.ts';
import { encodeLzfse } from './testing/reference/encode.ts';
import { damaged, numbersFrom } from './testing/damage.ts';
import { asFirstVersion } from './testing/first-version.ts';
import { vectorNamed, vectors } from './testing/vectors.ts';

type Decode = (packed: Uint8Array, plain: Uint8Array) => Promise<void>;
type Encode = (plain: Uint8Array) => Promise<Uint8Array>;

/** All decoders must give the same; the one that streams is asked for more memory than the others get. */
const decoders: readonly [name: string, Decode][] = [
  ['in TypeScript', (packed, plain) => Promise.resolve().then(() => decodeLzfse(packed, plain))],
  ['native', unpackLzfse],
  ['of streams', streamInto],
];

const encoders: readonly [name: string, Encode][] = [
  ['in TypeScript', (plain) => Promise.resolve(encodeLzfse(plain))],
  ['native', packNatively],
];

async function streamInto(packed: Uint8Array, plain: Uint8Array): Promise<void> {
  const pieces: Uint8Array[] = [];
  for await (const piece of decodeLzfseStream(inPieces(packed, 977))) pieces.push(piece);
  const all = Buffer.concat(pieces);
  if (all.length > plain.length) throw new CodecError('it holds more than was said', 0);
  if (all.length < plain.length) throw new CodecError('it holds less than was said', packed.length);
  plain.set(all);
}

async function* inPieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield await Promise.resolve(bytes.subarray(at, at + length));
}

async function packNatively(plain: Uint8Array): Promise<Uint8Array> {
  const packed = Buffer.alloc(plain.length + 1024);
  const length = await packLzfse(plain, packed);
  // What can't be made shorter is stored by the caller.
  return length === undefined ? encodeLzfse(plain) : packed.subarray(0, length);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What a decoder makes of it: a digest, or where it sees which damage. */
async function outcome(decode: Decode, packed: Uint8Array, plainBytes: number): Promise<string> {
  const plain = new Uint8Array(plainBytes);
  try {
    await decode(packed, plain);
    return sha256(plain);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return error.message;
  }
}

/** Bytes as they occur: few different ones, repetitions near and far, stretches of noise and of zeros. */
const plainBytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 12 }), fc.nat(900))
        .map(([unit, times]) => repeated(unit, times)),
      fc.tuple(fc.nat(), fc.nat(6000)).map(([seed, length]) => noise(seed, length)),
      fc.nat(3000).map((length) => new Uint8Array(length)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat([...parts, ...parts.slice(0, 3)]));

function repeated(unit: Uint8Array, times: number): Uint8Array {
  return Buffer.alloc(unit.length * times, unit);
}

function noise(seed: number, length: number): Uint8Array {
  const next = numbersFrom(seed);
  return Uint8Array.from({ length }, () => next(seed % 2 === 0 ? 256 : 7));
}

describe.each(decoders)('the LZFSE decoder %s', (_, decode) => {
  it.each(vectors)('decodes what another encoder made: $name', async ({ packed, plainBytes, plainSha256 }) => {
    expect(await outcome(decode, packed, plainBytes)).toBe(plainSha256);
  });

  it('decodes blocks whose head is not packed', async () => {
    const { packed, plainBytes, plainSha256 } = vectorNamed('zeros');
    expect(await outcome(decode, asFirstVersion(packed), plainBytes)).toBe(plainSha256);
  });

  it('says where a stream is cut off, wherever that is', async () => {
    const { packed, plainBytes } = vectorNamed('zeros');
    for (let length = 0; length < packed.length; length++)
      expect(await outcome(decode, packed.subarray(0, length), plainBytes)).toMatch(
        new RegExp(`damaged at byte ${length}: .*(cut off|where a block should begin)`),
      );
  });

  it.each([
    ['more', -1],
    ['less', 1],
  ])('refuses a stream that holds %s than was said', async (word, difference) => {
    const { packed, plainBytes } = vectorNamed('lzvn-short');
    expect(await outcome(decode, packed, plainBytes + difference)).toContain(`it holds ${word} than was said`);
  });

  it('refuses what follows the end', async () => {
    const { packed, plainBytes } = vectorNamed('tiny');
    expect(await outcome(decode, Buffer.concat([packed, Buffer.from('x')]), plainBytes)).toContain('follows the end');
  });

  it('refuses a match that reaches before the beginning', async () => {
    const payload = Buffer.from([0xe1, 0x61, 0x00, 0x02, 0x06, 0, 0, 0, 0, 0, 0, 0]);
    const head = Buffer.from('bvxn\x04\0\0\0\x0c\0\0\0', 'latin1');
    const stream = Buffer.concat([head, payload, Buffer.from('bvx$')]);
    expect(await outcome(decode, stream, 4)).toContain('at byte 14: a match reaches before the beginning');
  });
});

describe('the LZFSE decoders', () => {
  it('agree on damaged streams: the same bytes, or the same damage at the same place', async () => {
    const next = numbersFrom(6);
    const seeds = ['tiny', 'lzvn-short', 'zeros', 'text'].map(vectorNamed);
    const first = asFirstVersion(vectorNamed('zeros').packed);
    for (let round = 0; round < 600; round++) {
      const { packed, plainBytes } = seeds[round % seeds.length]!;
      const stream = damaged(round % 10 === 9 ? first : packed, next);
      const [reference, native, streamed] = await Promise.all(
        decoders.map(([, decode]) => outcome(decode, stream, plainBytes)),
      );
      expect(native).toBe(reference);
      // The one that streams knows of no limit to what comes out, so it may go on to later damage.
      if (/^[0-9a-f]{64}$/.test(reference!)) expect(streamed).toBe(reference);
      else expect(streamed).toMatch(/damaged at byte/);
    }
  });
});

describe.each(encoders)('the LZFSE encoder %s', (_, encode) => {
  it('makes streams that every decoder decodes to what went in', async () => {
    await fc.assert(
      fc.asyncProperty(plainBytes, async (plain) => {
        const packed = await encode(plain);
        for (const [, decode] of decoders) expect(await outcome(decode, packed, plain.length)).toBe(sha256(plain));
      }),
      { numRuns: 60 },
    );
  });

  it.each(['lzvn-short', 'text', 'mixed', 'zeros'])(
    'is about as thorough as the encoder that made %s',
    async (name) => {
      const { packed, plainBytes } = vectorNamed(name);
      const plain = new Uint8Array(plainBytes);
      decodeLzfse(packed, plain);
      expect((await encode(plain)).length).toBeLessThan(packed.length * 1.05);
    },
  );

  it('stores what can’t be made shorter', async () => {
    const plain = noise(2, 50_000);
    expect((await encode(plain)).length).toBe(plain.length + 12);
    expect((await encode(new Uint8Array(0))).length).toBe(4);
  });

  it('keeps matches that reach as far back as the format allows, and runs longer than one match', async () => {
    const far = noise(4, 4000);
    for (const gap of [262_139 - 4000, 262_140 - 4000, 262_139]) {
      const plain = Buffer.concat([far, new Uint8Array(gap), far, repeated(Uint8Array.of(1, 2, 3), 9000)]);
      expect(await outcome(decoders[1]![1], await encode(plain), plain.length)).toBe(sha256(plain));
    }
  });
});

describe('the decoder of LZFSE streams', () => {
  it('gives a long output in pieces, and looks back across them', async () => {
    const unit = noise(8, 200_000);
    const plain = Buffer.concat(Array.from({ length: 30 }, () => unit));
    const packed = await packNatively(plain);
    const lengths: number[] = [];
    const hash = createHash('sha256');
    for await (const piece of decodeLzfseStream(inPieces(packed, 65_536))) {
      lengths.push(piece.length);
      hash.update(piece);
    }
    expect(hash.digest('hex')).toBe(sha256(plain));
    expect(Math.max(...lengths)).toBeLessThan(1.5 * 1024 ** 2);
  });
});
