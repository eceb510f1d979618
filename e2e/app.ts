import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { _electron as electron, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { electronProgram } from '../scripts/setup/electron.mjs';

/** The checkout that is tested. */
export const root = join(import.meta.dirname, '..');

/** Node 24, as the app itself runs; Playwright may have been started by another. */
export const node = join(root, 'node_modules/.bin/node');

/** A home, state and sockets of a test's own; the demo guest's cache is shared, as it takes long to build. */
export interface World {
  readonly folder: string;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
}

/** The app under test: Electron where its binary is installed, else the server and a browser. */
interface App {
  readonly kind: 'desktop' | 'browser';
  readonly world: World;
  /** Starts it and gives the library window, loaded. */
  open(): Promise<Page>;
  /** The next window that opens, loaded. Ask before doing what opens it. */
  nextWindow(): Promise<Page>;
  /** Ends the app the polite way, or as a crash would; guests go on either way. */
  quit(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** What the app printed, for a failing test's report. */
  output(): string;
}

/** Runs `bin/tatin` on the same home; rejects unless it exits with `expectedCode`. */
export async function tatin(world: World, args: readonly string[], expectedCode = 0): Promise<string> {
  const child = spawn(join(root, 'bin/tatin'), args, { env: world.env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== expectedCode)
    throw new Error(`tatin ${args.join(' ')} ended with ${code ?? 'a signal'}:\n${stdout}\n${stderr}`);
  return stdout;
}

/** A new empty world in a short path: Unix sockets may be 104 bytes long. */
export async function makeWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'tatin-e2e-'));
  const home = join(folder, 'home');
  await mkdir(home);
  const env = {
    ...process.env,
    TART_HOME: home,
    // What a test throws away must not land in the Trash of the person who runs it.
    XDG_DATA_HOME: join(folder, 'data'),
    TATIN_STATE: join(folder, 'state'),
    TATIN_RUNTIME: join(folder, 'run'),
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH ?? ''}`,
  };
  return { folder, home, env };
}

/** Whether `tatin` works on a home in the world: without TART_HOME it may be that of the person who runs the tests. */
async function hasOwnHome(world: World): Promise<boolean> {
  if (world.env.TART_HOME !== undefined) return true;
  return (await tatin(world, ['settings', 'get', 'home.path'])).startsWith(world.folder);
}

/** Ends whatever still runs in the world, and removes it. */
export async function destroyWorld(world: World): Promise<void> {
  const running = async (): Promise<string[]> => {
    const rows = JSON.parse(await tatin(world, ['list', '--format', 'json'])) as { Name: string; Running: boolean }[];
    return rows.filter(({ Running }) => Running).map(({ Name }) => Name);
  };
  for (const name of (await hasOwnHome(world)) ? await running() : [])
    await tatin(world, ['stop', '--force', name]).catch(async (error: unknown) => {
      // It may have ended by itself just now.
      if ((await running()).includes(name)) throw error;
    });
  // A process that is about to end may still write there.
  await rm(world.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

/** Makes the app over a world; nothing runs before `open`. Electron needs its binary and, on Linux, a display. */
function makeApp(world: World, context: BrowserContext): App {
  const display = process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY;
  const canShow = process.platform !== 'linux' || display !== undefined;
  return electronProgram(root) !== undefined && canShow ? desktopApp(world) : browserApp(world, context);
}

function desktopApp(world: World): App {
  let running: Awaited<ReturnType<typeof electron.launch>> | undefined;
  let printed = '';
  return {
    kind: 'desktop',
    world,
    async open() {
      running = await electron.launch({ args: [root], env: world.env as Record<string, string> });
      running.process().stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
      const page = await running.firstWindow();
      await page.waitForLoadState();
      return page;
    },
    async nextWindow() {
      if (running === undefined) throw new Error('The app does not run.');
      const page = await running.waitForEvent('window');
      await page.waitForLoadState();
      return page;
    },
    async quit(signal = 'SIGTERM') {
      const child = running?.process();
      running = undefined;
      if (child !== undefined) await end(child, signal);
    },
    output: () => printed,
  };
}

function browserApp(world: World, context: BrowserContext): App {
  let server: ChildProcess | undefined;
  let printed = '';
  // Chosen by the first start and kept, so that pages find the app again after a restart.
  let port = '0';
  return {
    kind: 'browser',
    world,
    async open() {
      const child = spawn(node, [join(root, 'dist/main/server.js'), '--port', port], {
        env: world.env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      server = child;
      child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
      const url = await firstUrl(child, (line) => (printed += `${line}\n`));
      ({ port } = new URL(url));
      const page = await context.newPage();
      await page.goto(url);
      return page;
    },
    async nextWindow() {
      const page = await context.waitForEvent('page');
      await page.waitForLoadState();
      return page;
    },
    async quit(signal = 'SIGTERM') {
      const child = server;
      server = undefined;
      if (child !== undefined) await end(child, signal);
    },
    output: () => printed,
  };
}

/** The one line of the server's output that holds its address with the one-time token. */
export async function firstUrl(server: ChildProcess, onLine: (line: string) => void): Promise<string> {
  if (server.stdout === null) throw new Error('The server was started without a pipe to read its address from.');
  for await (const line of createInterface({ input: server.stdout })) {
    onLine(line);
    const url = /https?:\/\/\S+token=\S+/.exec(line)?.[0];
    if (url === undefined) continue;
    server.stdout.resume();
    return url;
  }
  throw new Error('The server ended without printing its address.');
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

/** The app over a new world, in a browser context of its own. Disposing of it ends everything in it. */
export interface Stage extends AsyncDisposable {
  readonly world: World;
  readonly app: App;
  readonly context: BrowserContext;
  /** What pages wrote to their console as errors, policy violations among them. */
  readonly complaints: string[];
}

/** @param prepare fills the world before anything runs in it; where it fails, nothing of the world stays */
export async function setStage(browser: Browser, prepare?: (world: World) => Promise<void>): Promise<Stage> {
  await using made = new AsyncDisposableStack();
  const world = made.adopt(await makeWorld(), destroyWorld);
  await prepare?.(world);
  const context = await browser.newContext({
    viewport: { width: 1280, height: 820 },
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  context.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  context.on('weberror', (error) => complaints.push(error.error().message));
  const app = makeApp(world, context);
  made.defer(() => app.quit());
  made.defer(() => context.close());
  const kept = made.move();
  return { world, app, context, complaints, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
