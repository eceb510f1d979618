import { open } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

/**
 * Sends a file to be kept, under its name; false if it is not there. One byte range is served (RFC 9110, 14.2), so that a
 * browser can go on with a download that was cut off. By hand, since sirv serves a part of a file that has changed, and
 * takes the last bytes for the first.
 */
export async function sendDownload(file: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return false;
  try {
    const { size, mtimeMs } = await handle.stat();
    const tag = `"${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}"`;
    const range = rangeOf(request, size, tag);
    response.setHeader('content-type', 'application/octet-stream');
    response.setHeader('content-disposition', dispositionOf(path.basename(file)));
    response.setHeader('accept-ranges', 'bytes');
    response.setHeader('etag', tag);
    response.setHeader('cache-control', 'no-store');
    if (range === 'none') {
      response.writeHead(416, { 'content-range': `bytes */${size}` }).end();
      return true;
    }
    const { start, end } = range ?? { start: 0, end: size - 1 };
    response.writeHead(range === undefined ? 200 : 206, {
      'content-length': end - start + 1,
      ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${size}` }),
    });
    if (request.method === 'HEAD' || size === 0) response.end();
    else
      await pipeline(handle.createReadStream({ start, end, autoClose: false }), response).catch(() =>
        response.destroy(),
      );
    return true;
  } finally {
    await handle.close();
  }
}

/** What is asked for of the file as it is now; undefined for all of it, `none` for a range that it does not have. */
function rangeOf(
  { headers, method }: IncomingMessage,
  size: number,
  tag: string,
): { start: number; end: number } | 'none' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '') ?? [];
  // For HEAD, a range means nothing (RFC 9110, 14.2).
  if (method !== 'GET' || (first === '' && last === '')) return undefined;
  // Of another file, a part would not fit what the browser has.
  if (headers['if-range'] !== undefined && headers['if-range'] !== tag) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(size - 1, Number(last));
  return start > end ? 'none' : { start, end };
}

/** A name in ASCII for old readers, and as it is (RFC 6266, RFC 8187). */
function dispositionOf(name: string): string {
  const plain = name.replaceAll(/[^\w.() -]/g, '_');
  const whole = encodeURIComponent(name).replaceAll(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`;
}
