import { z } from 'zod';
import { parseBoundedJson } from '../../files/bounded-json.ts';
import { AppError } from '../../contract/errors.ts';
import type { Challenge } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import type { Http, HttpRequest, HttpResponse } from './http.ts';
import { refusal } from './refusal.ts';

export interface Token {
  readonly value: string;
  /** By `Date.now`. */
  readonly expiresAt: number;
}

/** What a token server says (the distribution project's token specification). Names of both its ages. */
const answerSchema = z
  .object({
    token: z.string().min(1).optional(),
    access_token: z.string().min(1).optional(),
    expires_in: z.number().positive().optional().catch(undefined),
    issued_at: z.string().optional().catch(undefined),
  })
  .transform(
    ({ token, access_token: accessToken, expires_in: lifetime = defaultLifetimeSeconds, issued_at: issuedAt }) => ({
      value: token ?? accessToken,
      lifetimeMs: lifetime * 1000,
      issuedAt: Date.parse(issuedAt ?? ''),
    }),
  );

/** Where the server does not say; the specification's and Tart's. */
const defaultLifetimeSeconds = 60;

/** Real ones have a few kilobytes. */
const largestAnswerBytes = 1024 ** 2;

/** Of ours, where a token server wants to know what kind of program asks. */
const clientId = 'tatin';

export interface TokenContext {
  readonly http: Http;
  /** Of the registry. */
  readonly host: string;
  /** Whether the registry itself is spoken to without encryption. */
  readonly insecure: boolean;
  /** What is wanted, each `type:name:actions`. */
  readonly scopes: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Asks the token server that a Bearer challenge names; undefined if it does not let these credentials (or nobody, without any)
 * have a token.
 * @throws Temporary, AppError `registry-refused`, `registry-unreachable`, `certificate-not-trusted`
 */
export async function fetchToken(
  challenge: Challenge,
  credentials: Credentials | undefined,
  context: TokenContext,
): Promise<Token | undefined> {
  const realm = realmOf(challenge, context);
  const scopes = widened(challenge.parameters.get('scope') ?? '', context.scopes);
  const service = challenge.parameters.get('service');
  const request =
    credentials?.kind === 'identity-token'
      ? exchangeRequest(realm, { service, scopes, token: credentials.token })
      : tokenRequest(realm, { service, scopes, credentials });
  const secrets = secretsOf(credentials);
  return await context.http.exchange({ ...request, signal: context.signal }, async (response) => {
    if (response.status === 200) return await readToken(response, realm);
    // Servers differ: 401 of the specification, 403 of GitHub's, 400 of others for a refresh token that ran out.
    if ([400, 401, 403].includes(response.status)) return undefined;
    throw await refusal(response, { host: realm.host, what: 'a token', secrets });
  });
}

/**
 * What a challenge asks for, and for the same things what we want beyond it: reading comes before writing, and then one token does
 * for both. The registry's names stand, since one behind another path knows its repositories by others.
 */
function widened(asked: string, wanted: readonly string[]): readonly string[] {
  const scopes = asked.split(' ').filter((scope) => scope !== '');
  if (scopes.length === 0) return wanted;
  return scopes.map((scope) => {
    const end = scope.lastIndexOf(':');
    const more = wanted.find((other) => other.startsWith(scope.slice(0, end + 1)) && other.lastIndexOf(':') === end);
    if (more === undefined) return scope;
    const actions = new Set([...scope.slice(end + 1).split(','), ...more.slice(end + 1).split(',')]);
    return scope.slice(0, end + 1) + [...actions].join(',');
  });
}

/** Everything in it that must never be shown. */
export function secretsOf(credentials: Credentials | undefined): string[] {
  if (credentials === undefined) return [];
  if (credentials.kind === 'identity-token') return [credentials.token];
  const { password } = credentials;
  return [password, encodeURIComponent(password), basicHeader(credentials).slice('Basic '.length)];
}

/** Authorization by name and password (RFC 7617). */
export function basicHeader({ username, password }: Extract<Credentials, { kind: 'password' }>): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

type Asked = { readonly service: string | undefined; readonly scopes: readonly string[] };

/** The realm's own query stays: some servers tell their tenants apart by it. */
function tokenRequest(
  realm: URL,
  { service, scopes, credentials }: Asked & { credentials: Credentials | undefined },
): Omit<HttpRequest, 'signal'> {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.delete('scope');
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const headers = credentials?.kind === 'password' ? { authorization: basicHeader(credentials) } : {};
  return { method: 'GET', url, headers };
}

/** The token stands in the body, since addresses end up in logs. */
function exchangeRequest(
  realm: URL,
  { service = '', scopes, token }: Asked & { token: string },
): Omit<HttpRequest, 'signal'> {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: clientId,
    service,
    scope: scopes.join(' '),
    refresh_token: token,
  });
  return {
    method: 'POST',
    url: realm,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(form.toString()),
  };
}

async function readToken(response: HttpResponse, realm: URL): Promise<Token> {
  const now = Date.now();
  const bytes = await response.bytes(largestAnswerBytes);
  const parsed = answerSchema.safeParse(parseJson(bytes));
  const value = parsed.data?.value;
  if (parsed.data === undefined || value === undefined || /[^\x21-\x7e]/.test(value))
    throw new AppError(
      'registry-refused',
      `The token server ${realm.host} answered with something that is not a token.`,
      {
        retry: true,
      },
    );
  const { lifetimeMs, issuedAt } = parsed.data;
  // A clock that is wrong, here or there, must not make every token look used up; nor one look good for longer than it is.
  const age = Math.max(0, now - issuedAt);
  return { value, expiresAt: now + (age < lifetimeMs ? lifetimeMs - age : lifetimeMs) };
}

function parseJson(bytes: Uint8Array | undefined): unknown {
  try {
    return parseBoundedJson(Buffer.from(bytes ?? []).toString('utf8'));
  } catch {
    return undefined;
  }
}

function realmOf(challenge: Challenge, { host, insecure }: TokenContext): URL {
  const text = challenge.parameters.get('realm') ?? '';
  const realm = URL.parse(text);
  if (realm === null || !['http:', 'https:'].includes(realm.protocol))
    throw new AppError('registry-refused', `${host} names no token server that can be asked.`, {
      details: text.slice(0, 200),
    });
  // Whoever sends us there would otherwise have the password go over the network in the clear.
  if (realm.protocol === 'http:' && !insecure)
    throw new AppError('registry-refused', `${host} names a token server without encryption (${realm.host}).`, {
      hint: 'A password must not be sent there. Ask its administrator.',
    });
  realm.username = realm.password = '';
  return realm;
}
