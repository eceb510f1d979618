import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import type { Registry } from '../contract/images.ts';
import { hasCode } from '../files/error-codes.ts';
import type { Credentials } from '../registry/client/credentials.ts';
import { askHelper, listOfHelper } from './docker-helper.ts';
import { matchesHost } from './host-pattern.ts';
import type { CredentialProvider, Environment } from './provider.ts';
import { readBounded, RefusedFile } from '../files/bounded-file.ts';
import { parseBoundedJson } from '../files/bounded-json.ts';

const loginSchema = z.object({
  /** Base64 of "name:password". */
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
});

type Login = z.infer<typeof loginSchema>;

/** What Docker's client writes and people edit; what is not about logins is left alone. */
const configSchema = z.object({
  auths: z.record(z.string(), loginSchema).default({}),
  credHelpers: z.record(z.string(), z.string()).default({}),
  credsStore: z.string().optional(),
});

type Config = z.infer<typeof configSchema>;

/** Docker keeps the login of its Hub under an address that no reference has. */
const hubKey = 'https://index.docker.io/v1/';
const hubHosts: readonly string[] = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];

/**
 * Logins of `docker login` and its kin (podman, helm, oras...): in the configuration itself, with a helper program for some
 * hosts, or with one for all.
 */
export function dockerProvider(env: Environment = process.env): CredentialProvider {
  return {
    name: 'Docker’s configuration',
    find: async (host, signal) => {
      const config = await readConfig(env);
      if (config === undefined) return undefined;
      const login = loginFor(config, host);
      const helper = Object.entries(config.credHelpers).find(([pattern]) => matchesHost(pattern, host))?.[1];
      if (login !== undefined) return login;
      const program = helper ?? config.credsStore ?? '';
      return program === '' ? undefined : await askHelper(program, keyFor(config, host), { env, signal });
    },
    list: async (signal) => {
      const config = await readConfig(env);
      return config === undefined ? [] : await listConfig(config, env, signal);
    },
  };
}

async function readConfig(env: Environment): Promise<Config | undefined> {
  const folder = env.DOCKER_CONFIG ?? '';
  const file = path.join(folder === '' ? path.join(env.HOME ?? homedir(), '.docker') : folder, 'config.json');
  let text: string;
  try {
    text = (await readBounded(file)).toString();
  } catch (cause) {
    if (hasCode(cause, 'ENOENT', 'ENOTDIR')) return undefined;
    const why = cause instanceof RefusedFile ? `: it ${cause.message}` : '';
    throw new AppError('file-not-allowed', `${file} can’t be read${why}.`, { cause });
  }
  const parsed = configSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  // Nothing of the file is quoted: passwords are in it.
  const where = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new AppError('invalid-input', `${file} is not what Docker writes${where === '' ? '' : ` (${where})`}.`);
}

/** Undefined, which no configuration is, for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return parseBoundedJson(text);
  } catch {
    return undefined;
  }
}

/** Old versions of Docker wrote addresses, and they work still. */
function hostOfKey(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/.*$/s, '');
}

function isFor(key: string, host: string): boolean {
  const named = hostOfKey(key);
  return named === host || (hubHosts.includes(named) && hubHosts.includes(host));
}

function keyFor({ auths }: Config, host: string): string {
  if (host in auths) return host;
  return Object.keys(auths).find((key) => isFor(key, host)) ?? (hubHosts.includes(host) ? hubKey : host);
}

function loginFor(config: Config, host: string): Credentials | undefined {
  const login = config.auths[keyFor(config, host)];
  return login === undefined ? undefined : credentialsOf(login);
}

function credentialsOf({ auth = '', username, password, identitytoken: token = '' }: Login): Credentials | undefined {
  if (token !== '') return { kind: 'identity-token', token };
  const text = Buffer.from(auth, 'base64').toString('utf8');
  // A name has no colon (RFC 7617), a password may have many. Old versions wrote a zero after it.
  const colon = text.indexOf(':');
  if (colon > 0)
    return { kind: 'password', username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') };
  return username === undefined || password === undefined ? undefined : { kind: 'password', username, password };
}

async function listConfig(config: Config, env: Environment, signal: AbortSignal): Promise<Registry[]> {
  const written = Object.entries(config.auths).flatMap(([key, login]): Registry[] => {
    const credentials = credentialsOf(login);
    if (credentials === undefined) return [];
    const username = credentials.kind === 'password' ? { username: credentials.username } : {};
    return [{ host: hostOfKey(key), ...username, source: 'docker-config', canLogOut: false }];
  });
  const helped = Object.keys(config.credHelpers).map((host): Registry => ({
    host,
    source: 'docker-helper',
    canLogOut: false,
  }));
  const { credsStore = '' } = config;
  const stored = credsStore === '' ? {} : await listOfHelper(credsStore, { env, signal });
  const kept = Object.entries(stored).map(([key, username]): Registry => ({
    host: hostOfKey(key),
    username,
    source: 'docker-helper',
    canLogOut: false,
  }));
  return [...written, ...helped, ...kept];
}
