import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** How long a link that was printed may wait to be opened, in milliseconds. */
const linkLifeMs = 12 * 60 * 60 * 1000;
/** Wrong tokens or passwords within a minute, from anywhere, before every further one is refused unlooked at. */
const mostFailuresPerMinute = 20;
const minuteMs = 60_000;

/** A browser keeps one jar for all ports of a host, so servers beside each other need names of their own. */
export const sessionCookie = (port: number): string => `tatin-session-${port}`;

const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest();
const newSecret = (): string => randomBytes(32).toString('base64url');

/**
 * Who may use the server. A printed link holds a token that is good once; opening it gives a cookie that is good as
 * long as the server runs. Only digests are kept, and they are compared in constant time.
 */
export class Access {
  readonly #tokens = new Map<string, { digest: Buffer; untilMs: number }>();
  readonly #sessions: Buffer[] = [];
  readonly #password: Buffer | undefined;
  readonly #nowMs: () => number;
  #failuresMs: number[] = [];

  /** @param password asked for where the server can be reached from other hosts */
  constructor(password?: string, nowMs: () => number = Date.now) {
    this.#password = password === undefined ? undefined : digest(password);
    this.#nowMs = nowMs;
  }

  get wantsPassword(): boolean {
    return this.#password !== undefined;
  }

  /** A new token for one opening. */
  issueToken(): string {
    const token = newSecret();
    this.#tokens.set(crypto.randomUUID(), { digest: digest(token), untilMs: this.#nowMs() + linkLifeMs });
    return token;
  }

  /** A session for a token, which is used up by it; undefined for a wrong, used or old one. */
  redeemToken(token: string): string | undefined {
    if (this.#isTried()) return undefined;
    const given = digest(token);
    let found: string | undefined;
    for (const [key, { digest: kept, untilMs }] of this.#tokens) {
      if (untilMs < this.#nowMs()) this.#tokens.delete(key);
      else if (timingSafeEqual(kept, given)) found = key;
    }
    if (found === undefined) {
      this.#fail();
      return undefined;
    }
    this.#tokens.delete(found);
    return this.#newSession();
  }

  /** A session for the password; undefined for a wrong one, or if there is none. */
  redeemPassword(password: string): string | undefined {
    if (this.#password === undefined || this.#isTried()) return undefined;
    if (timingSafeEqual(this.#password, digest(password))) return this.#newSession();
    this.#fail();
    return undefined;
  }

  /** Whether a request brings the cookie of a session with the server at that port. */
  isAllowed(request: Pick<IncomingMessage, 'headers'>, port: number): boolean {
    const session = cookieOf(request.headers.cookie ?? '', sessionCookie(port));
    if (session === undefined) return false;
    const given = digest(session);
    let isKnown = false;
    for (const kept of this.#sessions) isKnown = timingSafeEqual(kept, given) || isKnown;
    return isKnown;
  }

  #newSession(): string {
    const session = newSecret();
    this.#sessions.push(digest(session));
    return session;
  }

  #fail(): void {
    this.#failuresMs.push(this.#nowMs());
  }

  #isTried(): boolean {
    const since = this.#nowMs() - minuteMs;
    this.#failuresMs = this.#failuresMs.filter((atMs) => atMs > since);
    return this.#failuresMs.length >= mostFailuresPerMinute;
  }
}

function cookieOf(header: string, name: string): string | undefined {
  for (const pair of header.split(';')) {
    const [key, value] = pair.split('=', 2);
    if (key?.trim() === name) return value?.trim();
  }
  return undefined;
}

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
