import { readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

/** Where the pages come from: a scheme of our own, so that no page is a file and none is from the network. */
export const pageScheme = 'app';
const pageHost = 'tatin';

/** What the scheme may do; given to `protocol.registerSchemesAsPrivileged` before the app is ready. */
export const pageSchemePrivileges = {
  scheme: pageScheme,
  privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
};

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};

/** Scripts come from our own files alone; styles may be inline because the terminal and lists size their rows so. */
const headers = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** The address of a page of ours. */
export function pageUrl(page: 'index' | 'console' | 'settings', query: Readonly<Record<string, string>> = {}): string {
  const url = new URL(`${pageScheme}://${pageHost}/${page}.html`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}

/** Whether an address is one of our pages: what may send requests, and where a window may go. */
export function isOwnPage(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  return url.protocol === `${pageScheme}:` && url.host === pageHost && url.username === '' && url.password === '';
}

/** The file in `folder` that an address names; undefined for anything that is no plain path inside it. */
export function pageFile(folder: string, address: string): string | undefined {
  if (!isOwnPage(address)) return undefined;
  let path: string;
  try {
    path = decodeURIComponent(new URL(address).pathname);
  } catch {
    return undefined;
  }
  // `join` takes dots away, so a path that climbs out no longer starts with the folder.
  if (path.includes('\0') || path.includes('\\')) return undefined;
  const file = join(folder, path);
  return file.startsWith(folder + sep) && contentTypes[extname(file)] !== undefined ? file : undefined;
}

/** Answers requests for pages out of `folder`, for `protocol.handle`. */
export function pageHandler(folder: string): (request: Pick<Request, 'url' | 'method'>) => Promise<Response> {
  return async ({ url, method }) => {
    const file = method === 'GET' ? pageFile(folder, url) : undefined;
    if (file === undefined) return plain(404, 'There is no such page.');
    try {
      const body = await readFile(file);
      return new Response(body, { headers: { ...headers, 'Content-Type': contentTypes[extname(file)] ?? '' } });
    } catch {
      return plain(404, 'There is no such page.');
    }
  };
}

function plain(status: number, text: string): Response {
  return new Response(text, { status, headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' } });
}
