import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Certificates, makeCertificates, makeTokenKey } from './certificates.ts';
import { type TokenServer, startTokenServer, tokenIssuer, tokenService } from './token-server.ts';

export interface TestRegistryOptions {
  /** Encrypted, with a certificate of an authority of its own. */
  readonly tls?: boolean;
  /** Wants {@link testLogin} for everything. */
  readonly htpasswd?: boolean;
  /** Wants tokens of a token server, which gives {@link testLogin} all and everybody `public/`. */
  readonly token?: boolean | { readonly lifetimeSeconds: number };
  /** What a registry had on disk that is gone: the new one has it too. */
  readonly dataFolder?: string;
}

export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:port` */
  readonly host: string;
  readonly url: string;
  /** The authority's certificate, in a file; of one without TLS undefined. */
  readonly caFile: string | undefined;
  readonly tokenServer: TokenServer | undefined;
  /** What is written of it on disk, e.g. to damage or remove a blob behind its back. */
  readonly dataFolder: string;
  blobFile(digest: string): string;
}

/** The password has a colon and more than ASCII in it, which programs get wrong. */
export const testLogin = {
  username: 'tester',
  password: 'pass:wörd',
  identityToken: 'identity-token-of-the-tester',
} as const;

/** `htpasswd -Bbn tester pass:wörd`: the registry takes nothing but bcrypt, and Node can't make that. */
const htpasswdLine = 'tester:$2y$05$abcdefghijklmnopqrstuufCq7KSx/yTY1N2WBDUpQoHYqabOcAn2\n';

/** Starts a real registry (Debian's docker-registry) on a port of its own, in a folder that goes with it. */
export async function startRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  await using made = new AsyncDisposableStack();
  const folder = mkdtempSync(path.join(tmpdir(), 'tatin-registry-'));
  made.defer(() => rmSync(folder, { recursive: true, force: true }));
  const { tls = false, htpasswd = false, token = false, dataFolder = path.join(folder, 'data') } = options;
  const certificates = tls ? makeCertificates(folder) : undefined;
  const tokenKey = token === false ? undefined : makeTokenKey(folder);
  const lifetimeSeconds = typeof token === 'object' ? token.lifetimeSeconds : undefined;
  const tokenServer =
    tokenKey === undefined
      ? undefined
      : made.use(await startTokenServer({ ...testLogin, key: tokenKey.key, lifetimeSeconds }));
  if (htpasswd) writeFileSync(path.join(folder, 'htpasswd'), htpasswdLine);
  const host = `127.0.0.1:${await freePort()}`;
  const auth = htpasswd
    ? { htpasswd: { realm: 'Test registry', path: path.join(folder, 'htpasswd') } }
    : tokenServer && {
        token: {
          realm: tokenServer.realm,
          service: tokenService,
          issuer: tokenIssuer,
          rootcertbundle: tokenKey?.certificate,
        },
      };
  const configFile = path.join(folder, 'config.yml');
  // YAML is a superset of JSON.
  writeFileSync(configFile, JSON.stringify(configOf({ host, dataFolder, certificates, auth })));
  await startProcess(configFile, host, made);
  const kept = made.move();
  return {
    host,
    url: `${tls ? 'https' : 'http'}://${host}`,
    caFile: certificates?.ca,
    tokenServer,
    dataFolder,
    blobFile: (digest) => {
      const hex = digest.replace('sha256:', '');
      return path.join(dataFolder, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

interface Config {
  readonly host: string;
  readonly dataFolder: string;
  readonly certificates: Certificates | undefined;
  readonly auth: object | undefined;
}

function configOf({ host, dataFolder, certificates, auth }: Config): object {
  const tls = certificates && { certificate: certificates.certificate, key: certificates.key };
  return {
    version: 0.1,
    log: { level: 'warn' },
    storage: {
      filesystem: { rootdirectory: dataFolder },
      delete: { enabled: true },
      redirect: { disable: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: host, ...(tls && { tls }) },
    ...(auth && { auth }),
  };
}

/** What a client needs to be let in: the authority, as options of `openRegistry`. */
export function trustOf({ caFile }: TestRegistry): { caFiles?: readonly string[] } {
  return caFile === undefined ? {} : { caFiles: [caFile] };
}

async function startProcess(configFile: string, host: string, made: AsyncDisposableStack): Promise<void> {
  // To a file: a pipe that nobody empties for a while, as in a benchmark, would stop the registry.
  const log = path.join(path.dirname(configFile), 'registry.log');
  const child = spawnLogging('docker-registry', ['serve', configFile], log);
  made.defer(() => stop(child));
  const { promise, reject } = Promise.withResolvers<never>();
  child.on('error', reject);
  child.on('exit', () => reject(new Error(`docker-registry ended: ${readFileSync(log, 'utf8').slice(-2000)}`)));
  // Once it runs, its end is the end of the test.
  promise.catch(() => undefined);
  await Promise.race([untilItListens(host, child), promise]);
}

function spawnLogging(program: string, words: readonly string[], log: string): ChildProcess {
  const file = openSync(log, 'w');
  try {
    return spawn(program, words, { stdio: ['ignore', 'ignore', file] });
  } finally {
    closeSync(file);
  }
}

async function untilItListens(host: string, child: ChildProcess): Promise<void> {
  const url = new URL(`http://${host}`);
  while (child.exitCode === null && !(await canConnect(url.hostname, Number(url.port)))) await delay(20);
}

async function canConnect(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  // A server that listens on a port has an address with one.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
