import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '../provider.ts';

export interface TestSecretService extends AsyncDisposable {
  /** For programs that are to use it. */
  readonly env: Environment;
  lock(): void;
}

/** A bus of its own with a real Secret Service (GNOME's) on it, whose keyring is open and in a folder that goes with it. */
export async function startSecretService(): Promise<TestSecretService> {
  await using made = new AsyncDisposableStack();
  const home = mkdtempSync(path.join(tmpdir(), 'tatin-keyring-'));
  made.defer(() => rmSync(home, { recursive: true, force: true }));
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...rest } = process.env;
  const own = { ...rest, HOME: home, XDG_RUNTIME_DIR: home, XDG_DATA_HOME: path.join(home, 'data') };
  const address = await startBus(own, made);
  const env = { ...own, DBUS_SESSION_BUS_ADDRESS: address };
  await startKeyring(env, made);
  const kept = made.move();
  return {
    env,
    lock: () => {
      const service = ['--session', '--print-reply', '--dest=org.freedesktop.secrets', '/org/freedesktop/secrets'];
      const collection = 'array:objpath:/org/freedesktop/secrets/collection/login';
      execFileSync('dbus-send', [...service, 'org.freedesktop.Secret.Service.Lock', collection], { env });
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** A bus with nothing on it, as on a bare server; nothing is started on it by itself either. */
export async function startEmptyBus(): Promise<AsyncDisposable & { readonly env: Environment }> {
  const made = new AsyncDisposableStack();
  const home = mkdtempSync(path.join(tmpdir(), 'tatin-bus-'));
  made.defer(() => rmSync(home, { recursive: true, force: true }));
  const own = { ...process.env, HOME: home, XDG_RUNTIME_DIR: home, XDG_DATA_DIRS: home, XDG_DATA_HOME: home };
  const address = await startBus(own, made);
  return { env: { ...own, DBUS_SESSION_BUS_ADDRESS: address }, [Symbol.asyncDispose]: () => made.disposeAsync() };
}

async function startBus(env: Environment, made: AsyncDisposableStack): Promise<string> {
  // It ends with what runs in it, and that ends with its input.
  const session = spawn('dbus-run-session', ['--', 'sh', '-c', 'echo "$DBUS_SESSION_BUS_ADDRESS"; exec cat'], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  made.defer(async () => {
    const ended = once(session, 'exit');
    session.stdin.end();
    await ended;
  });
  for await (const line of createInterface({ input: session.stdout })) return line;
  throw new Error('No bus was started.');
}

async function startKeyring(env: Environment, made: AsyncDisposableStack): Promise<void> {
  const daemon = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], {
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  made.defer(async () => {
    const ended = once(daemon, 'exit');
    daemon.kill('SIGKILL');
    await ended;
  });
  daemon.stdin.end('password of the keyring');
  const owned = ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/', 'org.freedesktop.DBus.NameHasOwner'];
  const isThere = () =>
    execFileSync('dbus-send', [...owned, 'string:org.freedesktop.secrets'], { env }).includes('true');
  while (!isThere()) {
    if (daemon.exitCode !== null) throw new Error('gnome-keyring-daemon ended.');
    await delay(50);
  }
}
