import { PassThrough } from 'node:stream';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLine, readLines } from './json-lines.ts';

/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = { timeout: 30_000 };

/** What reads a socket needs no more of it than any stream has. */
const stream = () => new PassThrough() as unknown as Socket & PassThrough;

describe('JSON lines', () => {
  it('are found however they are cut into pieces', async () => {
    const line = fc.string().map((text) => text.replaceAll('\n', ' '));
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 7 }), async (lines, size) => {
        const socket = stream();
        const seen: string[] = [];
        readLines(socket, (text) => {
          seen.push(text);
          return true;
        });
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        for (let from = 0; from < bytes.length; from += size) socket.write(bytes.subarray(from, from + size));
        socket.end();
        await socket.toArray().catch(() => []);
        await expect.poll(() => seen, patience).toEqual(lines.map((text) => Buffer.from(text).toString('utf8')));
      }),
      { numRuns: 40 },
    );
  });

  it('leave what follows the last wanted one in the socket', async () => {
    const socket = stream();
    const first = new Promise<string>((resolve) =>
      readLines(socket, (text) => {
        resolve(text);
        return false;
      }),
    );
    socket.write('{"open":"serial"}\nraw by');
    expect(await first).toBe('{"open":"serial"}');
    socket.end('tes');
    let rest = '';
    for await (const piece of socket) rest += String(piece);
    expect(rest).toBe('raw bytes');
  });

  it('that are no JSON are nothing', () => {
    expect(parseLine('{')).toBeUndefined();
    expect(parseLine('{"a":1}')).toEqual({ a: 1 });
  });
});
