import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayPass } from './frame-filter.ts';
import { FrameStream } from './frame-stream.ts';
import { onStream, transportFrame } from './frames.ts';

const mac = Buffer.from('525400123456', 'hex');

function frameTo(last: number, data: Buffer): Buffer {
  const destination = Buffer.from([last % 3 === 0 ? 127 : 192, 0, 2, last]);
  const route = { source: Buffer.from([10, 0, 2, 15]), destination, sourcePort: 1, destinationPort: 2 };
  return transportFrame(mac, 'udp', route, data);
}

/** What comes out when the bytes come in pieces that end at these places. */
function inPieces(bytes: Buffer, ends: readonly number[]): Buffer[] {
  const stream = new FrameStream();
  const places = [0, ...ends.map((end) => end % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).flatMap((end, index) =>
    // A copy: the stream moves about what it is given, and what it gives is only good until then.
    stream.take(Buffer.from(bytes.subarray(places[index], end))).map((run) => Buffer.from(run)),
  );
}

/** A frame, or bytes that are none. */
const anyFrame = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1, max: 250 }), fc.uint8Array({ maxLength: 200 }))
    .map(([last, data]) => frameTo(last, Buffer.from(data))),
  fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
  fc.integer({ min: 20_000, max: 69_000 }).map((length) => frameTo(1, Buffer.alloc(Math.min(length, 65_400), length))),
);

describe('A stream of frames', () => {
  it('gives on the same frames, whole and in their order, wherever it is cut', () => {
    const anyCuts = fc.array(fc.nat(), { maxLength: 20 });
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 12 }), anyCuts, (frames, cuts) => {
        const kept = frames.filter((frame) => mayPass(frame, 0, frame.length));
        const runs = inPieces(Buffer.concat(frames.map(onStream)), cuts);
        expect(Buffer.concat(runs).equals(Buffer.concat(kept.map(onStream)))).toBe(true);
        for (const run of runs) expectWhole(run);
      }),
      { numRuns: 300 },
    );
  });

  it('may come byte by byte', () => {
    const frames = [
      frameTo(1, Buffer.from('a')),
      frameTo(3, Buffer.from('b')),
      Buffer.alloc(0),
      frameTo(2, Buffer.from('c')),
    ];
    const bytes = Buffer.concat(frames.map(onStream));
    const runs = inPieces(
      bytes,
      Array.from({ length: bytes.length }, (_, index) => index),
    );
    expect(runs.map((run) => run.readUInt8(4 + 33))).toEqual([1, 2]);
  });

  it('writes no run of more than one frame that Linux would cut', () => {
    const bytes = Buffer.concat(Array.from({ length: 40 }, () => onStream(frameTo(1, Buffer.alloc(1472)))));
    const runs = new FrameStream().take(bytes);
    expect(runs.length).toBeGreaterThan(1);
    for (const run of runs) expect(run.length).toBeLessThanOrEqual(32_768);
  });

  it('is none when a frame would be longer than any', () => {
    const tooLong = Buffer.from([0, 1, 0x10, 1]);
    expect(() => new FrameStream().take(tooLong)).toThrow('frame of 69633 bytes');
    const stream = new FrameStream();
    stream.take(tooLong.subarray(0, 3));
    expect(() => stream.take(tooLong.subarray(3))).toThrow('frame of 69633 bytes');
    expect(() => new FrameStream().take(Buffer.from([0, 1, 0x10, 0]))).not.toThrow();
  });
});

/** It consists of frames, each with its length, and ends with one. */
function expectWhole(run: Buffer): void {
  let at = 0;
  while (at < run.length) at += 4 + run.readUInt32BE(at);
  expect(at).toBe(run.length);
}
