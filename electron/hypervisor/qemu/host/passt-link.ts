import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../../contract/errors.ts';
import type { PortForward } from '../../../contract/machine.ts';
import { listeners, listenersOn } from '../../../network/listeners.ts';
import { type GuestNames, type PasstNetwork, passtArguments, passtSocketFolder } from '../../../network/passt.ts';
import { FrameRelay } from '../../../network/frame-relay.ts';
import { connectWhenListening } from '../../../network/unix-sockets.ts';
import { sockets } from '../command-line.ts';
import { appears } from './appears.ts';
import { tailOf } from './failures.ts';
import type { Log } from './log-file.ts';
import { type OwnedProcess, startJoined, startOwned } from './processes.ts';

/** What every passt of one run has in common. */
export interface PasstRun {
  readonly program: string;
  readonly network: PasstNetwork;
  readonly names: GuestNames;
  readonly runFolder: string;
  readonly log: Log;
}

const pollMs = 5;
const openLimitMs = 10_000;

/**
 * Whether passt works here, with these ports: it needs namespaces and a way out, which not every container and not every
 * computer without a cable has. Found out before QEMU is started, which would have no other network then.
 * @throws AppError `port-taken`
 */
export async function passtWorks(run: PasstRun, forwards: readonly PortForward[], signal: AbortSignal) {
  await using folder = await passtSocketFolder(run.runFolder);
  const socket = path.join(folder.path, 'passt.sock');
  const passt = await startOwned(run.program, passtArguments({ socket }, run.network, run.names, forwards), {
    cwd: run.runFolder,
    output: run.log.handle,
  });
  try {
    if (await appears(socket, passt, signal)) return true;
  } finally {
    await passt.kill();
    await rm(socket, { force: true });
  }
  await refusedPort(run.log);
  return false;
}

/** Somebody may have taken a port since it was looked at. */
async function refusedPort(log: Log): Promise<void> {
  const said = await tailOf(log.path);
  if (!/failed to (?:bind|listen)|couldn't (?:bind|listen)/i.test(said)) return;
  throw new AppError('port-taken', 'A port to be forwarded to the guest is used by another program.', {
    hint: 'Choose another port for the forward, or end the program that uses this one.',
    details: said,
    retry: true,
  });
}

/**
 * The passt of a QEMU that runs, with this process between them, which lets no frame through that leads to the host's
 * loopback. passt can't change its forwards, so another one takes its place, with the same addresses: the guest keeps
 * its own, and connections that it had open are cut.
 */
export class PasstLink implements AsyncDisposable {
  readonly #run: PasstRun;
  readonly #ended = Promise.withResolvers<undefined>();
  #passt: OwnedProcess | undefined;
  #relay: FrameRelay | undefined;

  constructor(run: PasstRun) {
    this.#run = run;
  }

  /** Resolves if it ends though nobody wanted that. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /**
   * Joins QEMU to a passt with these forwards, in place of the one before; resolves when they are open.
   * @throws AppError `port-taken`, `start-failed`; then there is none
   */
  async join(forwards: readonly PortForward[]): Promise<void> {
    await this.#end();
    const { program, network, names, runFolder, log } = this.#run;
    const options = { cwd: runFolder, output: log.handle };
    const passt = await startJoined(program, passtArguments({ descriptor: 3 }, network, names, forwards), options);
    this.#passt = passt;
    // QEMU begins to listen in a thread of its own, which may be later than its monitor answers.
    const limit = AbortSignal.timeout(openLimitMs);
    const card = await connectWhenListening(path.join(runFolder, sockets.network), limit);
    this.#relay = new FrameRelay(
      card.on('error', () => undefined),
      passt.connection,
    );
    void passt.ended.then(() => {
      if (this.#passt === passt) this.#ended.resolve(undefined);
    });
    if (await areOpen(forwards, passt)) return;
    await this.#end();
    await refusedPort(log);
    throw new AppError('start-failed', "The guest's network did not start.", {
      details: await tailOf(log.path),
      retry: true,
    });
  }

  async #end(): Promise<void> {
    const [passt, relay] = [this.#passt, this.#relay];
    this.#passt = undefined;
    this.#relay = undefined;
    relay?.[Symbol.dispose]();
    await relay?.ended;
    await passt?.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    await rm(path.join(this.#run.runFolder, sockets.network), { force: true });
  }
}

/** passt does not tell when it is ready. Who tried to take its ports to find out would take them from it. */
async function areOpen(forwards: readonly PortForward[], passt: OwnedProcess): Promise<boolean> {
  const limit = AbortSignal.timeout(openLimitMs);
  const ended = passt.ended.then(() => true);
  while (!limit.aborted) {
    const all = forwards.length === 0 ? [] : await listeners();
    if (forwards.every((forward) => listenersOn(all, forward).length > 0)) return true;
    if (await Promise.race([ended, delay(pollMs, false)])) return false;
  }
  return false;
}
