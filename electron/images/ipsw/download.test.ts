import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { quietWork } from '../../library/testing/temporary-home.ts';
import { downloadIpsw } from './download.ts';

const image = randomBytes(3_000_000);
const digest = createHash('sha256').update(image).digest('hex');

/** Serves the image as Apple's servers do; each field changes something about that. */
interface Manner {
  digest?: string | undefined;
  /** Cuts the connection after so many bytes, once. */
  breakAfter?: number | undefined;
  ranges?: boolean;
  status?: number;
}

let server: Server;
let url: string;
let folder: string;
let manner: Manner;
let ranges: (string | undefined)[];

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { range } = request.headers;
  if (request.method === 'GET') ranges.push(range);
  if (manner.status !== undefined) {
    response.writeHead(manner.status).end();
    return;
  }
  const start = manner.ranges === false ? 0 : Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': image.length - start,
    etag: '"one"',
    ...(manner.ranges === false ? {} : { 'accept-ranges': 'bytes' }),
    ...(manner.digest === undefined ? {} : { 'x-amz-meta-digest-sha256': manner.digest }),
  });
  if (request.method === 'HEAD') response.end();
  else if (manner.breakAfter === undefined) response.end(image.subarray(start));
  else {
    const cut = manner.breakAfter;
    manner.breakAfter = undefined;
    response.write(image.subarray(start, cut), () => response.destroy());
  }
}

beforeEach(async () => {
  folder = path.join(mkdtempSync(path.join(tmpdir(), 'tatin-ipsw-')), 'IPSWs');
  manner = { digest };
  ranges = [];
  server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/UniversalMac.ipsw`;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  rmSync(path.dirname(folder), { recursive: true, force: true });
});

const cached = () => path.join(folder, `sha256:${digest}.ipsw`);

describe('The download of an image', () => {
  it('ends in Tart’s cache, under its digest', async () => {
    expect(await downloadIpsw({ url, folder }, quietWork())).toBe(cached());
    expect(readFileSync(cached()).equals(image)).toBe(true);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('is not done twice, and marks what is there as used', async () => {
    await downloadIpsw({ url, folder }, quietWork());
    utimesSync(cached(), 1, 1);
    expect(await downloadIpsw({ url, folder }, quietWork())).toBe(cached());
    expect(ranges).toHaveLength(1);
    expect(statSync(cached()).atimeMs).toBeGreaterThan(1000);
  });

  it.each([digest, undefined])('goes on where it was cut off (digest announced: %s)', async (announced) => {
    manner = { digest: announced, breakAfter: 1_000_000 };
    await expect(downloadIpsw({ url, folder }, quietWork())).rejects.toMatchObject({
      code: 'image-unavailable',
      retry: true,
    });
    const [partial = ''] = readdirSync(folder);
    const { size } = statSync(path.join(folder, partial));
    expect(size).toBeGreaterThan(0);
    expect(await downloadIpsw({ url, folder }, quietWork())).toBe(cached());
    expect(ranges).toEqual([undefined, `bytes=${size}-`]);
    expect(readFileSync(cached()).equals(image)).toBe(true);
  });

  it('begins again where the server can’t go on', async () => {
    manner = { digest, breakAfter: 1_000_000, ranges: false };
    await expect(downloadIpsw({ url, folder }, quietWork())).rejects.toMatchObject({ code: 'image-unavailable' });
    expect(await downloadIpsw({ url, folder }, quietWork())).toBe(cached());
    expect(ranges).toEqual([undefined, undefined]);
  });

  it('keeps nothing of an image that is not what was announced', async () => {
    await expect(downloadIpsw({ url, folder, sha256: '0'.repeat(64) }, quietWork())).rejects.toMatchObject({
      code: 'image-damaged',
    });
    expect(readdirSync(folder)).toEqual([]);
    manner = { digest: createHash('sha256').update('other').digest('hex') };
    await expect(downloadIpsw({ url, folder }, quietWork())).rejects.toMatchObject({ code: 'image-damaged' });
  });

  it('finds what was damaged on disk meanwhile', async () => {
    manner.breakAfter = 1_000_000;
    await expect(downloadIpsw({ url, folder }, quietWork())).rejects.toThrow();
    const [partial = ''] = readdirSync(folder);
    const bytes = readFileSync(path.join(folder, partial));
    writeFileSync(path.join(folder, partial), Buffer.alloc(bytes.length));
    await expect(downloadIpsw({ url, folder }, quietWork())).rejects.toMatchObject({ code: 'image-damaged' });
    expect(await downloadIpsw({ url, folder }, quietWork())).toBe(cached());
  });

  it.each([
    [404, 'image-not-found'],
    [503, 'image-unavailable'],
  ])('says what an answer of %d means', async (status, code) => {
    manner.status = status;
    await expect(downloadIpsw({ url, folder }, quietWork())).rejects.toMatchObject({ code });
  });

  it('can be called off, and says how far it is', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const work = {
      signal: controller.signal,
      progress: ({ bytesDone }: { bytesDone?: number }) => {
        seen.push(bytesDone ?? 0);
        if ((bytesDone ?? 0) > 0) controller.abort();
      },
    };
    await expect(downloadIpsw({ url, folder }, work)).rejects.toMatchObject({ code: 'cancelled' });
    expect(seen[0]).toBe(0);
    expect(readdirSync(folder)).toEqual([`.${digest}.partial`]);
  });

  it('says that nobody answers', async () => {
    const nowhere = { url: 'http://127.0.0.1:9/none.ipsw', folder };
    await expect(downloadIpsw(nowhere, quietWork())).rejects.toMatchObject({ code: 'image-unavailable', retry: true });
  });
});
