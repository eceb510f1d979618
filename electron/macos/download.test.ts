import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OtherProgram } from '../library/testing/other-program.ts';
import { quietWork } from '../library/testing/temporary-home.ts';
import { type DownloadRequest, downloadIpsw } from './download.ts';
import { readIpswFile } from './ipsw-file.ts';
import { downloadPatiently } from './patient-download.ts';
import { IpswServer, sha256Of } from './testing/ipsw-server.ts';

const image = randomBytes(3_000_000);
const digest = sha256Of(image);

let server: IpswServer;
let folder: string;

beforeEach(async () => {
  folder = path.join(mkdtempSync(path.join(tmpdir(), 'tatin-ipsw-')), 'IPSWs');
  server = await IpswServer.open(image);
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(path.dirname(folder), { recursive: true, force: true });
});

const cached = () => path.join(folder, `sha256:${digest}.ipsw`);
const fetchIt = (more: Partial<DownloadRequest> = {}) =>
  downloadIpsw({ url: server.url, folder, ...more }, quietWork());
/** The unfinished download. */
const partial = () => {
  const [name = '', ...others] = readdirSync(folder);
  expect(others).toEqual([]);
  expect(name).toMatch(/^\.[0-9a-f]{16}-[0-9a-f]{64}\.partial$/);
  return path.join(folder, name);
};
/** Fetches a part, and says how much that is. */
async function fetchPart(): Promise<number> {
  server.manner.breaks = [1_000_000];
  await expect(fetchIt()).rejects.toMatchObject({ code: 'image-unavailable', retry: true });
  const { size } = statSync(partial());
  expect(size).toBeGreaterThan(0);
  return size;
}

describe('The download of an image', () => {
  it('ends in Tart’s cache, under its digest', async () => {
    expect(await fetchIt()).toBe(cached());
    expect(readFileSync(cached()).equals(image)).toBe(true);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('is not done twice, and marks what is there as used', async () => {
    await fetchIt();
    utimesSync(cached(), 1, 1);
    expect(await fetchIt()).toBe(cached());
    expect(server.ranges).toHaveLength(1);
    expect(statSync(cached()).atimeMs).toBeGreaterThan(1000);
    expect(statSync(cached()).mtimeMs).toBe(1000);
  });

  it.each([digest, undefined])('goes on where it was cut off (digest announced: %s)', async (announced) => {
    server.manner.digest = announced;
    const size = await fetchPart();
    expect(await fetchIt()).toBe(cached());
    expect(server.ranges).toEqual([undefined, `bytes=${size}-`]);
    expect(readFileSync(cached()).equals(image)).toBe(true);
  });

  it('goes on where another Tatin was killed', async () => {
    server.manner.stallAfter = 1_000_000;
    {
      await using other = OtherProgram.node(path.join(import.meta.dirname, 'testing/fetch.ts'), server.url, folder);
      while (Number(await other.line()) < 1_000_000);
    }
    server.manner.stallAfter = undefined;
    expect(await fetchIt()).toBe(cached());
    expect(server.ranges).toEqual([undefined, 'bytes=1000000-']);
    expect(readFileSync(cached()).equals(image)).toBe(true);
  });

  it('waits for another Tatin that is at it, and does not fetch it again', async () => {
    server.manner.stallAfter = 1_000_000;
    await using other = OtherProgram.node(path.join(import.meta.dirname, 'testing/fetch.ts'), server.url, folder);
    while (Number(await other.line()) < 1_000_000);
    const waiting = Promise.withResolvers<undefined>();
    const controller = new AbortController();
    const work = {
      signal: controller.signal,
      progress: ({ step }: { step?: string | undefined }) => {
        if (step?.startsWith('Waiting') === true) waiting.resolve(undefined);
      },
    };
    const called = downloadIpsw({ url: server.url, folder }, work);
    await waiting.promise;
    writeFileSync(cached(), image);
    expect(await called).toBe(cached());
    expect(server.ranges).toHaveLength(1);
  });

  it.each([
    ['the server can’t go on', { ranges: false }],
    ['the server knows no such part', { rangeStatus: 416 }],
    ['the server sends another part', { wrongPart: true }],
  ])('begins again where %s', async (_what, manner) => {
    await fetchPart();
    Object.assign(server.manner, manner);
    expect(await fetchIt()).toBe(cached());
    expect(server.ranges.at(-1)).toBeUndefined();
    expect(readFileSync(cached()).equals(image)).toBe(true);
  });

  it('begins again with a file that was changed on the server, and drops what it had', async () => {
    server.manner.digest = undefined;
    await fetchPart();
    server.image = randomBytes(3_000_000);
    server.manner.etag = '"two"';
    const target = path.join(folder, `sha256:${sha256Of(server.image)}.ipsw`);
    expect(await fetchIt()).toBe(target);
    expect(readdirSync(folder)).toEqual([path.basename(target)]);
  });

  it('keeps nothing of an image that is not what was announced', async () => {
    await expect(fetchIt({ sha256: '0'.repeat(64) })).rejects.toMatchObject({ code: 'image-damaged' });
    expect(readdirSync(folder)).toEqual([]);
    server.manner.digest = sha256Of(Buffer.from('other'));
    await expect(fetchIt()).rejects.toMatchObject({ code: 'image-damaged' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('keeps nothing of what is no image', async () => {
    await expect(fetchIt({ check: readIpswFile })).rejects.toMatchObject({ code: 'image-damaged' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('finds what was damaged on disk meanwhile', async () => {
    const size = await fetchPart();
    writeFileSync(partial(), Buffer.alloc(size));
    await expect(fetchIt()).rejects.toMatchObject({ code: 'image-damaged' });
    expect(await fetchIt()).toBe(cached());
  });

  it('fetches from a server that only sends', async () => {
    server.manner.headStatus = 405;
    expect(await fetchIt()).toBe(cached());
  });

  it.each([
    [404, 'image-not-found'],
    [503, 'image-unavailable'],
  ])('says what an answer of %d means', async (status, code) => {
    server.manner.status = status;
    await expect(fetchIt()).rejects.toMatchObject({ code });
  });

  it('can be called off, and says how far it is', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const work = {
      signal: controller.signal,
      progress: ({ bytesDone }: { bytesDone?: number | undefined }) => {
        seen.push(bytesDone ?? 0);
        if ((bytesDone ?? 0) > 0) controller.abort();
      },
    };
    await expect(downloadIpsw({ url: server.url, folder }, work)).rejects.toMatchObject({ code: 'cancelled' });
    expect(seen[0]).toBe(0);
    expect(statSync(partial()).size).toBeGreaterThan(0);
  });

  it('says that nobody answers', async () => {
    await expect(fetchIt({ url: 'http://127.0.0.1:9/none.ipsw' })).rejects.toMatchObject({
      code: 'image-unavailable',
      retry: true,
    });
  });
});

describe('A patient download', () => {
  const patiently = () =>
    downloadPatiently({ url: server.url, folder }, quietWork(), { attempts: 3, pauseMs: 1, maxPauseMs: 1 });

  it('goes on by itself as long as something comes', async () => {
    server.manner.breaks = [400_000, 400_000, 400_000, 400_000, 400_000];
    expect(await patiently()).toBe(cached());
    expect(server.ranges).toHaveLength(6);
    expect(readFileSync(cached()).equals(image)).toBe(true);
  });

  it('gives up when nothing more comes, and at once where it makes no sense', async () => {
    server.manner.status = 503;
    await expect(patiently()).rejects.toMatchObject({ code: 'image-unavailable' });
    server.manner.status = 404;
    await expect(patiently()).rejects.toMatchObject({ code: 'image-not-found' });
  });

  it('does not wait when it is called off', async () => {
    server.manner.status = 503;
    const controller = new AbortController();
    const work = {
      signal: controller.signal,
      progress: () => {
        controller.abort();
      },
    };
    const forever = { attempts: 2, pauseMs: 1e9, maxPauseMs: 1e9 };
    await expect(downloadPatiently({ url: server.url, folder }, work, forever)).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
