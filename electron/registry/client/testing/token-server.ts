import { createHash, createPublicKey, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TokenServerOptions {
  /** RSA, in PEM. */
  readonly key: string;
  /** May do everything; everybody else may only read what begins with `public/`. */
  readonly username: string;
  readonly password: string;
  /** Is as good as the password, by OAuth. */
  readonly identityToken: string;
  /** Of each token, as its answer says it; real ones in tests outlive it by the registry's leeway. */
  readonly lifetimeSeconds?: number | undefined;
}

export interface TokenServer extends AsyncDisposable {
  /** For the registry's configuration; with a query of its own. */
  readonly realm: string;
  /** What was asked, in order: never with secrets. */
  readonly requests: TokenRequest[];
}

interface TokenRequest {
  readonly method: string;
  readonly scopes: readonly string[];
  readonly service: string;
  /** Of the realm's own query. */
  readonly tenant: string;
  readonly as: 'login' | 'anonymous' | 'refused';
}

/** The `service` and `issuer` of the registry's configuration. */
export const tokenService = 'test-registry';
export const tokenIssuer = 'test-issuer';

/** A token server for a real registry (the distribution project's token specification), tokens signed by RS256. */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const requests: TokenRequest[] = [];
  const server = createServer((request, response) => {
    answer(request, response, options, requests).catch(() => response.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  // A server that listens on a port has an address with one.
  const { port } = server.address() as AddressInfo;
  return {
    realm: `http://127.0.0.1:${port}/token?tenant=seven`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: TokenServerOptions,
  requests: TokenRequest[],
): Promise<void> {
  const url = new URL(request.url ?? '', 'http://token');
  const form = new URLSearchParams(await textOf(request));
  const given = request.method === 'POST' ? form : url.searchParams;
  const as = whoAsks(request, form, options);
  const scopes = given.getAll('scope').flatMap((scope) => scope.split(' ').filter((part) => part !== ''));
  const service = given.get('service') ?? '';
  requests.push({ method: request.method ?? '', scopes, service, tenant: url.searchParams.get('tenant') ?? '', as });
  if (as === 'refused') {
    // What a careless server might say.
    response.writeHead(401).end(`{"details":"no: ${request.headers.authorization ?? ''}"}`);
    return;
  }
  const { lifetimeSeconds = 300, key } = options;
  const token = tokenFor(key, service, accessFor(scopes, as));
  const body = { access_token: token, expires_in: lifetimeSeconds, issued_at: new Date().toISOString() };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function whoAsks(
  { headers, method }: IncomingMessage,
  form: URLSearchParams,
  options: TokenServerOptions,
): TokenRequest['as'] {
  if (method === 'POST') {
    const isGood = form.get('grant_type') === 'refresh_token' && form.get('refresh_token') === options.identityToken;
    return isGood ? 'login' : 'refused';
  }
  if (headers.authorization === undefined) return 'anonymous';
  const login = Buffer.from(`${options.username}:${options.password}`).toString('base64');
  return headers.authorization === `Basic ${login}` ? 'login' : 'refused';
}

interface Grant {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

function accessFor(scopes: readonly string[], as: 'login' | 'anonymous'): Grant[] {
  return scopes.flatMap((scope) => {
    const [type = '', name = '', actions = ''] = scope.split(':');
    const all = actions.split(',');
    const granted = as === 'login' ? all : name.startsWith('public/') ? all.filter((action) => action === 'pull') : [];
    return granted.length === 0 ? [] : [{ type, name, actions: granted }];
  });
}

function tokenFor(key: string, audience: string, access: readonly Grant[]): string {
  const now = Math.floor(Date.now() / 1000);
  const header = { typ: 'JWT', alg: 'RS256', kid: fingerprint(key) };
  const claims = {
    iss: tokenIssuer,
    aud: audience,
    sub: '',
    jti: randomUUID(),
    iat: now,
    nbf: now - 10,
    exp: now + 600,
    access,
  };
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

/** How the registry names keys: base32 of the first 240 bits of the public key's SHA-256, in twelve groups (libtrust). */
function fingerprint(key: string): string {
  const der = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const bits = [...createHash('sha256').update(der).digest().subarray(0, 30)]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');
  const letters =
    bits.match(/.{5}/g)?.map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.charAt(parseInt(five, 2))) ?? [];
  return letters.join('').match(/.{4}/g)?.join(':') ?? '';
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  // A request's pieces are bytes, since no encoding is set.
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}
