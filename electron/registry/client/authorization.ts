import { AppError } from '../../contract/errors.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { CredentialSource, Credentials, FoundCredentials } from './credentials.ts';
import type { Http, HttpResponse } from './http.ts';
import { basicHeader, fetchToken, secretsOf } from './token.ts';

/** What a request does, and so what it needs to be allowed to. */
export interface Access {
  readonly kind: 'ping' | 'pull' | 'push';
  readonly repository?: string | undefined;
  /** A second repository that is read, when a blob of it is mounted. */
  readonly from?: string | undefined;
}

export interface AuthorizationOptions {
  readonly http: Http;
  readonly host: string;
  readonly insecure: boolean;
  readonly credentials: CredentialSource;
}

/** As whom a request is sent. `anonymous` may have a header too: some registries give everybody a token. */
type Identity = 'login' | 'anonymous';

interface Grant {
  readonly header: string | undefined;
  readonly identity: Identity;
  /** Asked anew from here on. */
  readonly staleAt: number;
  readonly challenge: Challenge;
}

/** One request on its way through refusals to a header that is good enough. */
export interface Authorized {
  /** For the next try; undefined for none. */
  readonly header: string | undefined;
  /** What to try after a refusal (401, 403); undefined if nothing is left. @throws as {@link fetchToken} */
  refused(response: HttpResponse, signal: AbortSignal): Promise<Authorized | undefined>;
}

/** Renewed a little before it runs out, so that a request does not arrive late with it. */
const marginMs = 10_000;

/**
 * What one client of one registry knows about being let in: nothing at first, then what the registry's challenges lead to. A
 * login that is refused does not stand in the way of what everybody may read.
 */
export class Authorization {
  readonly #options: AuthorizationOptions;
  readonly #grants = new Map<string, Grant>();
  #found: FoundCredentials | undefined;
  #isLoginRefused = false;

  constructor(options: AuthorizationOptions) {
    this.#options = options;
  }

  /** Begins a request. `renewed`: does not trust a header that was good before. */
  async begin(access: Access, signal: AbortSignal, { renewed = false } = {}): Promise<Authorized> {
    const grant = this.#grants.get(keyOf(access));
    if (grant === undefined) return this.#passage(access, undefined, new Set());
    if (!renewed && Date.now() < grant.staleAt) return this.#passage(access, grant.header, new Set());
    const next = await this.#obtain(access, grant.challenge, grant.identity, signal);
    return this.#passage(access, next?.header, new Set());
  }

  /** What is said when nothing lets the request in. The next one looks credentials up anew: a person may log in now. */
  refusal(access: Access, status: number): AppError {
    const error = this.#refusal(access, status);
    this.#found = undefined;
    this.#isLoginRefused = false;
    this.#grants.delete(keyOf(access));
    return error;
  }

  #refusal({ kind, repository }: Access, status: number): AppError {
    const { host } = this.#options;
    const details = `HTTP ${status}`;
    const what = repository === undefined ? host : `${host}/${repository}`;
    const verb = { ping: 'use', pull: 'pull from', push: 'push to' }[kind];
    if (this.#found?.credentials !== undefined)
      return new AppError(
        'login-refused',
        this.#isLoginRefused ? `${host} refused this name and password.` : `You may not ${verb} ${what}.`,
        { hint: `Log in again (tatin login ${host}), or ask its administrator for access.`, details },
      );
    const problem = this.#found?.problem;
    if (problem?.code === 'keychain-locked') return problem;
    return new AppError('login-required', `${host} wants a login before you ${verb} ${what}.`, {
      hint: `Log in: tatin login ${host}. It may also not exist: some registries answer the same then.`,
      details,
    });
  }

  /** Everything known that must never be shown. */
  get secrets(): string[] {
    const headers = [...this.#grants.values()].map(({ header }) => header?.replace(/^\w+ /, ''));
    return [...secretsOf(this.#found?.credentials), ...headers.filter((header) => header !== undefined)];
  }

  #passage(access: Access, header: string | undefined, tried: ReadonlySet<Identity>): Authorized {
    return {
      header,
      refused: async (response, signal) => {
        const offered = response.status === 401 ? parseChallenges(response.header('www-authenticate') ?? '') : [];
        const challenge = preferred(offered) ?? this.#grants.get(keyOf(access))?.challenge;
        if (challenge === undefined) return undefined;
        // With name and password themselves, there is nothing else that can be wrong.
        if (response.status === 401 && tried.has('login') && challenge.scheme === 'basic') this.#isLoginRefused = true;
        for (const identity of await this.#identities(access, response.status, header, signal)) {
          if (tried.has(identity)) continue;
          tried = new Set([...tried, identity]);
          const grant = await this.#obtain(access, challenge, identity, signal);
          if (grant !== undefined && grant.header !== header) return this.#passage(access, grant.header, tried);
        }
        return undefined;
      },
    };
  }

  /** As whom to try next, in order. */
  async #identities(
    { kind }: Access,
    status: number,
    header: string | undefined,
    signal: AbortSignal,
  ): Promise<Identity[]> {
    if (this.#isLoginRefused && kind === 'pull') return ['anonymous'];
    if ((await this.#credentials(signal)) === undefined) return ['anonymous'];
    // More rights do not come of asking again as the same; fewer may do for what everybody may read.
    const again: Identity[] = status === 403 && header !== undefined ? [] : ['login'];
    return kind === 'pull' ? [...again, 'anonymous'] : again;
  }

  async #obtain(
    access: Access,
    challenge: Challenge,
    identity: Identity,
    signal: AbortSignal,
  ): Promise<Grant | undefined> {
    const credentials = identity === 'login' ? await this.#credentials(signal) : undefined;
    if (identity === 'login' && credentials === undefined) return undefined;
    const made =
      challenge.scheme === 'basic'
        ? { header: basicOf(credentials), staleAt: Number.POSITIVE_INFINITY }
        : await this.#bearer(access, challenge, credentials, signal);
    if (made === undefined) {
      if (identity === 'login') this.#isLoginRefused = true;
      return undefined;
    }
    const grant: Grant = { ...made, identity, challenge };
    this.#grants.set(keyOf(access), grant);
    return grant;
  }

  async #bearer(
    access: Access,
    challenge: Challenge,
    credentials: Credentials | undefined,
    signal: AbortSignal,
  ): Promise<{ header: string; staleAt: number } | undefined> {
    const { http, host, insecure } = this.#options;
    const token = await fetchToken(challenge, credentials, { http, host, insecure, scopes: scopesOf(access), signal });
    if (token === undefined) return undefined;
    const lifetimeMs = token.expiresAt - Date.now();
    return { header: `Bearer ${token.value}`, staleAt: token.expiresAt - Math.min(marginMs, lifetimeMs / 4) };
  }

  async #credentials(signal: AbortSignal): Promise<Credentials | undefined> {
    this.#found ??= await this.#options.credentials(signal);
    return this.#found.credentials;
  }
}

/** An identity token is for token servers alone. */
function basicOf(credentials: Credentials | undefined): string | undefined {
  return credentials?.kind === 'password' ? basicHeader(credentials) : undefined;
}

/** Tokens run out and say what they are for, so they go first. */
function preferred(challenges: readonly Challenge[]): Challenge | undefined {
  return challenges.find(({ scheme }) => scheme === 'bearer') ?? challenges.find(({ scheme }) => scheme === 'basic');
}

function scopesOf({ kind, repository, from }: Access): string[] {
  if (repository === undefined) return [];
  const own = `repository:${repository}:${kind === 'push' ? 'pull,push' : 'pull'}`;
  return from === undefined ? [own] : [own, `repository:${from}:pull`];
}

function keyOf(access: Access): string {
  return scopesOf(access).join(' ');
}
