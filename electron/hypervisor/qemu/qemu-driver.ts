import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { AppError, type ErrorInfo } from '../../contract/errors.ts';
import type { GuestArch, GuestOs } from '../../contract/machine.ts';
import type { MachineChoices } from '../../contract/network-settings.ts';
import type { Host } from '../../contract/host.ts';
import { compiledFolder } from '../../host/folders.ts';
import { preparePrivateFolder } from '../../host/paths.ts';
import type { Driver, Machine, RunOptions } from '../machine.ts';
import { qemuGuests } from './accelerator.ts';
import { qemuChoices } from './choices.ts';
import { lastFailure } from '../shared/last-run.ts';
import { RemoteMachine } from './remote-machine.ts';
import { makeRunFolder, runFiles, runFolderOf } from '../shared/run-folder.ts';
import { parseLine } from './json-lines.ts';
import { type HostRequest, type Report, reportSchema } from './wire.ts';

export interface QemuDriverOptions {
  /** Where the sockets of running machines go; see `host/paths.ts`. */
  readonly runtimeFolder: string;
  readonly cacheFolder: string;
  /** The script of the process that hosts a machine. Default: the one that belongs to this file or bundle. */
  readonly vmHostEntry?: string;
}

/** Runs Linux guests with QEMU, each in a host process of its own that outlives this one. */
export class QemuDriver implements Driver {
  readonly kind = 'qemu';
  readonly survivesApp = true;
  readonly #options: QemuDriverOptions;
  #guests: Promise<Host['guests']> | undefined;

  constructor(options: QemuDriverOptions) {
    this.#options = options;
  }

  guests(): Promise<Host['guests']> {
    this.#guests ??= this.#ask();
    return this.#guests;
  }

  choices({ os, arch }: { os: GuestOs; arch: GuestArch }): Promise<MachineChoices> {
    return qemuChoices(os, arch, this.#options.cacheFolder);
  }

  async start(folder: string, options: RunOptions, signal: AbortSignal): Promise<Machine> {
    throwIfCalledOff(signal);
    await preparePrivateFolder(this.#options.runtimeFolder);
    const { runtimeFolder, cacheFolder } = this.#options;
    // The schema on the other side makes its own copies; here the lists are only read.
    const request = { folder, runtimeFolder, cacheFolder, options: options as HostRequest['options'] };
    await this.#host(request, signal);
    const machine = await this.attach(folder);
    if (machine !== undefined) return machine;
    const failure = await this.lastFailure(folder);
    throw failure === undefined
      ? new AppError('guest-crashed', 'The machine ended as soon as it had started.', { retry: true })
      : AppError.fromInfo(failure.error);
  }

  attach(folder: string): Promise<Machine | undefined> {
    return RemoteMachine.attach(folder, runFolderOf(this.#options.runtimeFolder, folder));
  }

  lastFailure(folder: string): Promise<{ at: Date; error: ErrorInfo } | undefined> {
    return lastFailure(folder, runFolderOf(this.#options.runtimeFolder, folder));
  }

  async #ask(): Promise<Host['guests']> {
    try {
      const guests = await qemuGuests(this.#options.cacheFolder);
      // What is missing may be installed while the app runs.
      if (guests.some(({ os, notAvailable }) => os === 'linux' && notAvailable !== undefined)) this.#guests = undefined;
      return guests;
    } catch (error) {
      this.#guests = undefined;
      throw error;
    }
  }

  /** Starts a host process and resolves when its guest runs. @throws AppError with its reason */
  async #host(request: HostRequest, signal: AbortSignal): Promise<void> {
    const runFolder = runFolderOf(request.runtimeFolder, request.folder);
    await makeRunFolder(runFolder);
    const entry = this.#options.vmHostEntry ?? vmHostEntry();
    const log = await open(path.join(runFolder, runFiles.hostLog), 'a', 0o600);
    try {
      if ((await log.stat()).size > maxLogBytes) await log.truncate(0);
      throwIfCalledOff(signal);
      await startHost(spawnHost(entry, request.folder, log.fd), request, signal);
    } finally {
      await log.close();
    }
  }
}

/** Waits for the host's word. A start that is called off is over, and nothing left of it, when this rejects. */
async function startHost(child: ChildProcess, request: HostRequest, signal: AbortSignal): Promise<void> {
  const ended = endOf(child);
  const callOff = () => child.kill('SIGINT');
  signal.addEventListener('abort', callOff);
  try {
    const report = await reportOf(child, request);
    if ('error' in report) throw AppError.fromInfo(report.error);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', callOff);
    child.unref();
  }
  if (signal.aborted) await ended;
  throwIfCalledOff(signal);
}

function throwIfCalledOff(signal: AbortSignal): void {
  if (signal.aborted) throw AppError.from(signal.reason);
}

/** Resolves when the process is gone, or was never there. */
function endOf(child: ChildProcess): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  child.on('exit', () => resolve(undefined));
  child.on('error', () => resolve(undefined));
  return promise;
}

/** Of many runs; each says something only when it fails. */
const maxLogBytes = 100_000;

/** `vm-host.js` beside the bundle that this file is in, or the source beside this file. */
function vmHostEntry(): string {
  const folder = import.meta.dirname;
  const source = path.join(folder, 'vm-host.ts');
  if (existsSync(source)) return source;
  // A bundler may put shared code into a folder below its entries.
  const places = [folder, path.dirname(folder)].map((place) => path.join(place, 'vm-host.js'));
  return places.find((place) => existsSync(place)) ?? source;
}

/**
 * A Node of its own session, so that neither Ctrl-C in a terminal nor its closing reaches the guest. SIGUSR1 opens no
 * debugger, from its first moment on; see `onSuspendSignal`.
 */
function spawnHost(entry: string, vmFolder: string, logDescriptor: number): ChildProcess {
  const { NODE_OPTIONS: _ours, NODE_CHANNEL_FD: _channel, ...environment } = process.env;
  return spawn(process.execPath, ['--disable-sigusr1', '--disable-warning=ExperimentalWarning', entry, vmFolder], {
    cwd: '/',
    detached: true,
    env: {
      ...environment,
      NODE_COMPILE_CACHE: compiledFolder(),
      ...('electron' in process.versions ? { ELECTRON_RUN_AS_NODE: '1' } : {}),
    },
    stdio: ['pipe', logDescriptor, logDescriptor, 'pipe'],
  });
}

/** Gives the host its request and waits for its word. */
async function reportOf(child: ChildProcess, request: HostRequest): Promise<Report> {
  const channel = child.stdio[3];
  if (!(channel instanceof Readable)) throw noHost(new Error('no descriptor 3'));
  const failed = once(child, 'error').then(([error]: unknown[]) => Promise.reject(noHost(error)));
  failed.catch(() => undefined);
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(JSON.stringify(request));
  try {
    const line = await Promise.race([firstLine(channel), failed]);
    const report = reportSchema.safeParse(parseLine(line));
    if (report.success) return report.data;
    throw noHost(new Error(line === '' ? 'It ended without a message.' : line));
  } finally {
    channel.destroy();
  }
}

/** Empty if the stream ends without one. */
async function firstLine(channel: Readable): Promise<string> {
  for await (const line of createInterface({ input: channel })) return line;
  return '';
}

function noHost(cause: unknown): AppError {
  return new AppError('start-failed', 'The process that was to run the machine ended at once.', {
    details: cause instanceof Error ? cause.message : String(cause),
    retry: true,
    cause,
  });
}
