import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
  '.map': 'application/json',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

/** Vite names files in this folder by their content, so they never change under a name. */
const hashedFolder = '/assets/';

/**
 * Sends a file of `folder`; false if there is none of that name in it. What a path says to climb out, by dots, by
 * encoding or by a link, is not in it. By hand, since sirv follows links to anywhere.
 */
export async function sendFile(
  folder: string,
  pathname: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const file = await fileIn(folder, pathname === '/' ? '/index.html' : pathname);
  if (file === undefined) return false;
  response.writeHead(200, {
    'content-type': types[path.extname(file.path)] ?? 'application/octet-stream',
    'content-length': file.bytes,
    // Pages are not kept, so that going back after a log-out shows none.
    'cache-control': pathname.startsWith(hashedFolder) ? 'private, max-age=31536000, immutable' : 'no-store',
  });
  if (request.method === 'HEAD') response.end();
  else await pipeline(createReadStream(file.path), response).catch(() => response.destroy());
  return true;
}

async function fileIn(folder: string, pathname: string): Promise<{ path: string; bytes: number } | undefined> {
  try {
    const decoded = decodeURIComponent(pathname);
    if (decoded.includes('\0')) return undefined;
    const root = await realpath(folder);
    const real = await realpath(path.join(root, decoded));
    if (!real.startsWith(root + path.sep)) return undefined;
    const status = await stat(real);
    return status.isFile() ? { path: real, bytes: status.size } : undefined;
  } catch {
    // Not there, or a name that is none.
    return undefined;
  }
}
