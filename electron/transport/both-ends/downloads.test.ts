import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { EchoBackend } from './echo-backend.ts';
import { cookieFrom, servePages } from './transports.ts';

/** A backend with one export. */
class ExportingBackend extends EchoBackend {
  file = '';
  exportedFile(jobId: string): Promise<string | undefined> {
    return Promise.resolve(jobId === 'known' ? this.file : undefined);
  }
}

const content = randomBytes(300_000);
let folder: ReturnType<typeof temporaryFolder>;
let backend: ExportingBackend;
let served: Awaited<ReturnType<typeof servePages>>;
let cookie: string;
beforeEach(async () => {
  folder = temporaryFolder();
  backend = new ExportingBackend();
  backend.file = path.join(folder.path, 'Büro “1”.tvm');
  writeFileSync(backend.file, content);
  served = await servePages(backend);
  cookie = await cookieFrom(served.server.newUrl());
});
afterEach(async () => {
  await served[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function get(headers: Record<string, string> = { cookie }, jobId = 'known') {
  const response = await fetch(`${served.origin}/exports/${jobId}`, { headers });
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}

describe('the download of an export', () => {
  it('is the file, to be kept under its name', async () => {
    const { status, headers, body } = await get();
    expect(status).toBe(200);
    expect(body.equals(content)).toBe(true);
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="B_ro _1_.tvm"; filename*=UTF-8''B%C3%BCro%20%E2%80%9C1%E2%80%9D.tvm`,
    );
  });

  it('goes on where it was cut off, as long as the file is the same', async () => {
    const tag = (await get()).headers.get('etag') ?? '';
    const rest = await get({ cookie, range: 'bytes=100000-', 'if-range': tag });
    expect(rest.status).toBe(206);
    expect(rest.headers.get('content-range')).toBe('bytes 100000-299999/300000');
    expect(rest.body.equals(content.subarray(100_000))).toBe(true);
    expect((await get({ cookie, range: 'bytes=-10' })).body.equals(content.subarray(-10))).toBe(true);
    expect((await get({ cookie, range: 'bytes=5-9' })).body.equals(content.subarray(5, 10))).toBe(true);
    expect((await get({ cookie, range: 'bytes=300000-' })).status).toBe(416);
    expect((await get({ cookie, range: 'bytes=100000-', 'if-range': '"other"' })).body.length).toBe(300_000);
    for (const odd of ['bytes=9-5', 'bytes=', 'pages=1-2', 'bytes=1-2,4-5'])
      expect([200, 416], odd).toContain((await get({ cookie, range: odd })).status);
  });

  it('is described as a whole when only its head is asked for', async () => {
    const response = await fetch(`${served.origin}/exports/known`, {
      method: 'HEAD',
      headers: { cookie, range: 'bytes=5-9' },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('300000');
  });

  it('is refused without a session, and is not there for other jobs or files that went away', async () => {
    expect((await get({})).status).toBe(401);
    expect((await get({ cookie }, 'unknown')).status).toBe(404);
    expect((await get({ cookie }, '..%2f..%2fetc%2fpasswd')).status).toBe(404);
    rmSync(backend.file);
    expect((await get()).status).toBe(404);
  });

  it('may be of an empty file', async () => {
    writeFileSync(backend.file, '');
    expect(await get()).toMatchObject({ status: 200, body: Buffer.alloc(0) });
  });
});
