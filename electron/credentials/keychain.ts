import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import type { Registry } from '../contract/images.ts';
import type { Credentials } from '../registry/client/credentials.ts';
import { environmentHint } from './environment.ts';
import { type KeychainReply, type KeychainRequest, keychainReplySchema } from './keychain-protocol.ts';
import { isLocked } from './keyring-state.ts';
import { saysLocked } from './locked-words.ts';
import type { CredentialProvider, Environment } from './provider.ts';
import { runProgram } from './run-program.ts';
import { parseBoundedJson } from '../files/bounded-json.ts';

/** The place where Tatin itself keeps logins: the Keychain on a Mac, the Secret Service on Linux. */
export interface Keychain extends CredentialProvider {
  /** Keeps a login, in place of an older one. @throws AppError `keychain-locked`, `not-supported` */
  store(host: string, login: { username: string; password: string }, signal: AbortSignal): Promise<void>;
  /** Whether there was one. @throws AppError `keychain-locked` */
  forget(host: string, signal: AbortSignal): Promise<boolean>;
}

/** What items are called there. Not as Tart's are: keytar makes items of another class, which Tart would not find. */
const service = 'Tatin Credentials';

/** The secret of an item: both, so that neither needs a search, which crashes on a locked Linux keyring. */
const secretSchema = z.object({ username: z.string(), password: z.string() });

/** A person may be asked for a password, or for permission. */
const maxAnswerMs = 120_000;

/** What keytar says where nothing keeps secrets at all: a bare Linux server. */
const absentWords =
  /autolaunch D-Bus|Could not connect|not provided by any \.service|Cannot find (?:module|package)|libsecret|\.so\b|No such interface/i;

export interface KeychainOptions {
  readonly env?: Environment | undefined;
  /** For tests, as is `run`. */
  readonly platform?: NodeJS.Platform | undefined;
  readonly run?: typeof runProgram | undefined;
}

/** The keychain of this user, by a process of its own for each question: keytar has no keeper, and a crash of it must not be ours. */
export function openKeychain({
  env = process.env,
  platform = process.platform,
  run = runProgram,
}: KeychainOptions = {}): Keychain {
  const context = { env, platform, run };
  return {
    name: platform === 'darwin' ? 'the Keychain' : 'the keyring',
    find: async (host, signal) => {
      const reply = await ask({ command: 'get', service, account: host }, context, signal);
      return typeof reply === 'string' ? credentialsIn(reply) : undefined;
    },
    list: async (signal) => {
      const reply = await ask({ command: 'list', service }, context, signal);
      return Array.isArray(reply) ? reply.map(registryOf) : [];
    },
    store: async (host, login, signal) => {
      const request = { command: 'set', service, account: host, secret: JSON.stringify(login) } as const;
      if ((await ask(request, context, signal)) === undefined) throw absent(platform);
    },
    forget: async (host, signal) =>
      (await ask({ command: 'delete', service, account: host }, context, signal)) === true,
  };
}

interface Context {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly run: typeof runProgram;
}

/** The value of the reply; undefined where there is no keychain. @throws AppError `keychain-locked`, `unexpected` */
async function ask(request: KeychainRequest, context: Context, signal: AbortSignal): Promise<KeychainReply['value']> {
  const { env, platform, run } = context;
  const { NODE_OPTIONS: _ours, NODE_CHANNEL_FD: _channel, ...rest } = env;
  const asNode = 'electron' in process.versions ? { ELECTRON_RUN_AS_NODE: '1' } : {};
  const end = await run(
    process.execPath,
    ['--disable-sigusr1', '--disable-warning=ExperimentalWarning', childEntry()],
    {
      input: JSON.stringify(request),
      env: { ...rest, ...asNode },
      timeoutMs: maxAnswerMs,
      signal,
    },
  );
  const reply = keychainReplySchema.safeParse(parseJson(end.stdout));
  const found = reply.success ? reply.data : { error: `It ended without an answer. ${end.stderr.slice(-500)}` };
  if (found.error === undefined && found.value !== undefined && found.value !== null && found.value !== false)
    return found.value;
  if (found.error !== undefined && saysLocked(found.error)) throw locked(platform, found.error);
  // Only keytar's own words say so, not what libraries print before they crash.
  if (reply.success && absentWords.test(found.error ?? '')) return undefined;
  // On a locked Linux keyring keytar finds nothing, or dies.
  if (platform === 'linux' && (await isLocked(env, signal))) throw locked(platform, found.error);
  if (found.error === undefined) return found.value;
  // A keyring that nobody has made yet holds nothing, and nothing can be put into it.
  if (/Object does not exist/i.test(found.error)) return undefined;
  throw new AppError('unexpected', 'The keychain can’t be used.', { hint: otherWay, details: found.error });
}

const otherWay = `Instead of it, ${environmentHint}.`;

function locked(platform: NodeJS.Platform, details: string | undefined): AppError {
  const isMac = platform === 'darwin';
  const unlock = isMac
    ? 'Over SSH, type: security unlock-keychain login.keychain'
    : 'Log in to this computer’s desktop, or unlock the keyring there';
  return new AppError('keychain-locked', `The ${isMac ? 'Keychain' : 'keyring'} with your logins is locked.`, {
    hint: `${unlock}. Or ${environmentHint}.`,
    details,
    retry: true,
  });
}

function absent(platform: NodeJS.Platform): AppError {
  const what = platform === 'darwin' ? 'no Keychain' : 'no keyring (Secret Service)';
  return new AppError('not-supported', `There is ${what} that could keep this login.`, {
    hint: `Use docker login, whose logins Tatin finds, or ${environmentHint}.`,
  });
}

function credentialsIn(secret: string): Credentials | undefined {
  const parsed = secretSchema.safeParse(parseJson(secret));
  return parsed.success ? { kind: 'password', ...parsed.data } : undefined;
}

function registryOf({ account, secret }: { account: string; secret: string }): Registry {
  const parsed = secretSchema.safeParse(parseJson(secret));
  const username = parsed.success ? { username: parsed.data.username } : {};
  return { host: account, ...username, source: 'keychain', canLogOut: true };
}

function parseJson(text: string): unknown {
  try {
    return parseBoundedJson(text);
  } catch {
    return undefined;
  }
}

/** `keychain-child.js` beside the bundle that this file is in, or the source beside this file. */
function childEntry(): string {
  const folder = import.meta.dirname;
  const source = path.join(folder, 'keychain-child.ts');
  if (existsSync(source)) return source;
  // A bundler may put shared code into a folder below its entries.
  const places = [folder, path.dirname(folder)].map((place) => path.join(place, 'keychain-child.js'));
  return places.find((place) => existsSync(place)) ?? source;
}
