import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import type { Visitor } from './sessions.ts';

/** The names by which a browser on this computer may call the server; any other is a foreign name made to point here. */
export function allowedHosts(host: string, port: number, extraNames: readonly string[] = []): ReadonlySet<string> {
  const isLoopback = isLoopbackAddress(host);
  const bracketed = host.includes(':') ? `[${host}]` : host;
  const names = new Set([...(isLoopback ? ['127.0.0.1', 'localhost', '[::1]'] : []), bracketed, ...extraNames]);
  // Browsers leave the port out where it is the scheme's own.
  const isUsual = port === 80 || port === 443;
  return new Set([...names].flatMap((name) => [`${name}:${port}`, ...(isUsual ? [name] : [])]));
}

/** Whether only this computer can reach an address. */
export function isLoopbackAddress(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** An address as its own family writes it: a socket for both writes IPv4 as IPv6 (RFC 4291, 2.5.5.2). */
export function plainAddress(address: string): string {
  return /^::ffff:(?<v4>\d{1,3}(?:\.\d{1,3}){3})$/i.exec(address)?.groups?.v4 ?? address;
}

/** Who is answerable for what comes from an address: an IPv6 network as a whole, as each of its hosts has 2^64 addresses. */
export function sourceOf(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [front = '', back] = plain.replace(/%.*$/, '').split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [head, tail] = [groups(front), groups(back ?? '')];
  const zeros = back === undefined ? [] : new Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0');
  const network = [...head, ...zeros, ...tail].slice(0, 4).map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''));
  return `${network.join(':')}::/64`;
}

/** Words for a browser, from what it says of itself: "Firefox on Linux". Only ever words of ours. */
export function browserWords(userAgent: string): string {
  // Each names those before it too, so the order decides.
  const browsers: [pattern: RegExp, name: string][] = [
    [/Edg\w*\//, 'Edge'],
    [/OPR\//, 'Opera'],
    [/Firefox\//, 'Firefox'],
    [/Chrom(e|ium)\//, 'Chrome'],
    [/Safari\//, 'Safari'],
  ];
  const systems: [pattern: RegExp, name: string][] = [
    [/iPhone|iPad/, 'iOS'],
    [/Android/, 'Android'],
    [/Windows/, 'Windows'],
    [/Macintosh|Mac OS X/, 'macOS'],
    [/Linux|X11/, 'Linux'],
  ];
  const nameIn = (names: typeof browsers): string | undefined =>
    names.find(([pattern]) => pattern.test(userAgent))?.[1];
  const system = nameIn(systems);
  return `${nameIn(browsers) ?? 'Another program'}${system === undefined ? '' : ` on ${system}`}`;
}

export function visitorOf(request: IncomingMessage): Visitor {
  const address = plainAddress(request.socket.remoteAddress ?? 'unknown');
  return { address, browser: browserWords(request.headers['user-agent'] ?? '') };
}

/**
 * What a browser says of who made it ask (Fetch Metadata). A page of another site, or of another port of this host,
 * may lead people here, and nothing else: no pictures, scripts, frames or fetches. Programs that say nothing are no pages.
 */
export function isAskedByOthers({ headers, method }: Pick<IncomingMessage, 'headers' | 'method'>): boolean {
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return false;
  return method !== 'GET' || !isVisit({ headers });
}

/**
 * Whether somebody opens an address as a page, as far as the browser says: not as a picture or frame, nor ahead of time.
 * A browser says all three; a program that says only some is none.
 */
export function isVisit({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const isPage = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  const isAhead =
    headers['sec-purpose'] !== undefined || headers.purpose !== undefined || headers['x-moz'] !== undefined;
  return !isAhead && (isPage || headers['sec-fetch-site'] === undefined);
}
