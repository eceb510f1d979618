import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type LinkRefusal, Links } from './links.ts';
import { digest, type OpenSession, Sessions, type Visitor } from './sessions.ts';
import { isLoopbackAddress, sourceOf } from './visitors.ts';
import { WrongPasswords } from './wrong-passwords.ts';

/** Cookies of one name that are looked at: other servers of this host may have set some. */
const maxCookies = 20;

/**
 * A browser keeps one jar for all ports of a host, so servers beside each other need names of their own. With TLS, the
 * prefix keeps others of the same domain from setting it (RFC 6265bis, 4.1.3.2).
 */
export const sessionCookie = (port: number, isSecure = false): string =>
  `${isSecure ? '__Host-' : ''}tatin-session-${port}`;

/** What came of a link or a password: the secret of a new session, or why there is none. */
export type Entry<Refusal> = { readonly secret: string } | { readonly refused: Refusal };

/** Why a password opens nothing; `wait`: it was not looked at, and will not be for so long. */
export type PasswordRefusal = { readonly why: 'wrong' } | { readonly why: 'wait'; readonly waitMs: number };

/**
 * Who may use the server. A printed link holds a token that is good once; it or the password gives a session, whose
 * secret the browser keeps in a cookie.
 *
 * Nobody can lock the owner out: a right token always opens. Wrong passwords make their own source wait, and no other. All
 * who come over loopback look alike, so there a right password opens always too, and what protects it is its length. The
 * password itself is in a file of the owner's, so a slow hash would protect nothing, and give others work to burden us with.
 */
export class Access {
  readonly sessions: Sessions;
  readonly #links: Links;
  readonly #password: Buffer | undefined;
  readonly #wrong: WrongPasswords;

  /** @param password asked for where the server can be reached from other hosts */
  constructor(password?: string, nowMs: () => number = Date.now) {
    this.#password = password === undefined ? undefined : digest(password);
    this.sessions = new Sessions(nowMs);
    this.#links = new Links(nowMs);
    this.#wrong = new WrongPasswords(nowMs);
  }

  get wantsPassword(): boolean {
    return this.#password !== undefined;
  }

  /** A new token for one opening. */
  issueToken(): string {
    return this.#links.issue();
  }

  /** A session for a token, which is used up by it. */
  redeemToken(token: string, visitor: Visitor): Entry<LinkRefusal> {
    const came = this.#links.redeem(token);
    return came === 'opened' ? { secret: this.sessions.make(visitor) } : { refused: came };
  }

  /** A session for the password. */
  redeemPassword(password: string, visitor: Visitor): Entry<PasswordRefusal> {
    const source = sourceOf(visitor.address);
    const isAlone = !isLoopbackAddress(visitor.address);
    const waitMs = isAlone ? this.#wrong.waitMs(source) : 0;
    if (waitMs > 0) return { refused: { why: 'wait', waitMs } };
    if (this.#password === undefined || !timingSafeEqual(this.#password, digest(password))) {
      if (isAlone) this.#wrong.count(source);
      return { refused: { why: 'wrong' } };
    }
    this.#wrong.forget(source);
    return { secret: this.sessions.make(visitor) };
  }

  /** The session whose cookie a request brings to the server at that port, and its secret. */
  sessionOf(
    request: Pick<IncomingMessage, 'headers'>,
    port: number,
    isSecure = false,
  ): { session: OpenSession; secret: string } | undefined {
    for (const secret of cookiesOf(request.headers.cookie ?? '', sessionCookie(port, isSecure))) {
      const session = this.sessions.find(secret);
      if (session !== undefined) return { session, secret };
    }
    return undefined;
  }

  /** Nobody is logged in any more, and no link that was printed until now opens. */
  forgetAll(): void {
    this.sessions.end('all');
    this.#links.revoke();
  }
}

/**
 * Every value under that name: a server at another port may have set one too, for a path that a browser puts first. The
 * parser of the package "cookie" gives the first alone.
 */
function cookiesOf(header: string, name: string): string[] {
  const pairs = header.split(';').map((pair) => pair.split('=', 2));
  const values = pairs.flatMap(([key, value]) => (key?.trim() === name && value !== undefined ? [value.trim()] : []));
  return values.slice(0, maxCookies);
}
