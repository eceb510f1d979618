import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Duplex, duplexPair } from 'node:stream';
import { AppError } from '../../contract/errors.ts';
import type { MachineState, Phase, PortForward, Usage } from '../../contract/machine.ts';
import { isAlive } from '../../contract/verbs.ts';
import { ControlClient } from '../../guest/control-client.ts';
import { tartFiles } from '../../library/layout.ts';
import type { Machine } from '../machine.ts';
import type { GuestAgent } from '../../guest/guest-agent.ts';
import type { SerialHub } from '../shared/serial-hub.ts';
import { type States, now } from '../shared/states.ts';
import type { VzNativeMachine } from './addon.ts';
import type { VzEvent, VzStart, VzView } from './document.ts';
import { vzError } from './errors.ts';
import type { VzForwards } from './vz-forwards.ts';
import type { HeldLock } from './held-lock.ts';
import { stateOf } from './native-states.ts';
import { VzScreen } from './vz-screen.ts';

/** What a machine stands on. */
export interface VzHosted {
  readonly folder: string;
  readonly states: States;
  readonly native: VzNativeMachine;
  readonly lock: HeldLock;
  readonly serial: SerialHub;
  readonly start: VzStart;
  /** How it is shown; undefined for a machine without a display. */
  readonly view: VzView | undefined;
  readonly forwards: VzForwards;
}

/** A guest that was asked to shut down and still runs after this is asked no more; macOS shows a question meanwhile. */
const deafAfterMs = 90_000;

/** A machine of Virtualization.framework, in this process. Whoever made it awaits {@link VzMachine.over} and cleans up. */
export class VzMachine implements Machine {
  readonly folder: string;
  readonly agent: GuestAgent;
  /** What the window that shows it draws with; undefined without a display. */
  readonly screen: VzScreen | undefined;
  readonly #hosted: VzHosted;
  readonly #over = Promise.withResolvers<MachineState>();
  #forwardsTurn: Promise<void> = Promise.resolve();
  #runningSince = now();
  #warning: string | undefined;
  #deafTimer: NodeJS.Timeout | undefined;
  /** The power is taken as a part of something larger, which says what comes next. */
  #isOwnStop = false;
  #isOver = false;

  constructor(hosted: VzHosted) {
    this.#hosted = hosted;
    this.folder = hosted.folder;
    this.agent = new ControlClient(path.join(hosted.folder, tartFiles.controlSocket));
    this.screen = hosted.view === undefined ? undefined : new VzScreen(hosted.native, hosted.view);
    hosted.lock.onRequest((verb) => {
      this[verb]().catch((error: unknown) =>
        this.warn(`What was asked by a signal did not work: ${vzError(error).message}`),
      );
    });
    // Without its lock another program could start the same machine; `tart stop` kills the holder when it has waited.
    void hosted.lock.ended.then(() => (hosted.lock.isReleased ? undefined : this.forceStop().catch(() => undefined)));
  }

  get name(): string {
    return path.basename(this.folder);
  }

  get state(): MachineState {
    return this.#hosted.states.current;
  }

  /** What the machine leaves when it is off, before anything of it is closed. */
  get over(): Promise<MachineState> {
    return this.#over.promise;
  }

  /** The addon's machine. */
  get native(): VzNativeMachine {
    return this.#hosted.native;
  }

  onState(listener: (state: MachineState) => void): () => void {
    return this.#hosted.states.onChange(listener);
  }

  /** Starts, or goes on from the saved state where there is one. */
  async begin(isSuspended: boolean): Promise<void> {
    if (isSuspended) await this.#restore();
    else await this.#hosted.native.start(JSON.stringify(this.#hosted.start));
    this.#runningSince = now();
    this.#become(this.#running());
  }

  /** What the addon tells. */
  take(event: VzEvent): void {
    if (this.#isOver) return;
    if (event.event === 'state') {
      const next = stateOf(event.state, this.state, () => this.#running());
      if (next !== undefined) this.#become(next);
    } else if (event.event === 'guestStopped') {
      if (!this.#isOwnStop) this.#end({ phase: 'stopped' });
    } else if (event.event === 'stoppedWithError') this.#end(failed(crash(event.error)));
    else if (event.event === 'networkDisconnected') this.warn(`The guest's network was cut: ${event.error.message}`);
    else if (event.event === 'diskDisconnected')
      this.warn(`The disk ${event.url} is not reached: ${event.error.message}`);
    else this.screen?.take(event);
  }

  async shutDown(): Promise<void> {
    if (this.state.phase === 'paused') await this.resume();
    this.#need('running', 'stopping');
    await translated(() => this.#hosted.native.requestStop());
    this.#become({ phase: 'stopping', since: now(), how: 'asked' });
    clearTimeout(this.#deafTimer);
    this.#deafTimer = setTimeout(() => this.#wasDeaf(), deafAfterMs);
  }

  async forceStop(): Promise<void> {
    if (this.state.phase === 'saving') throw notNow('it is being suspended');
    if (this.#isOver || !isAlive(this.state.phase)) return;
    this.#become({ phase: 'stopping', since: now(), how: 'forced' });
    await translated(() => this.#hosted.native.stop());
    this.#end({ phase: 'stopped' });
  }

  /** The framework has no reset: power off, power on, without a pause between. */
  async reset(): Promise<void> {
    this.#need('running');
    this.#isOwnStop = true;
    try {
      await translated(() => this.#hosted.native.stop());
      await translated(() => this.#hosted.native.start(JSON.stringify({ recovery: false, provisioning: null })));
    } catch (error) {
      this.#end(failed(vzError(error)));
      throw error;
    } finally {
      this.#isOwnStop = false;
    }
    this.#runningSince = now();
    this.#become(this.#running());
    this.screen?.renew();
  }

  async pause(): Promise<void> {
    this.#need('running');
    await translated(() => this.#hosted.native.pause());
    this.#become({ phase: 'paused', since: now() });
  }

  async resume(): Promise<void> {
    this.#need('paused');
    await translated(() => this.#hosted.native.resume());
    this.#become(this.#running());
  }

  /** If it can't be saved, it goes on as it was. */
  async suspend(): Promise<void> {
    this.#need('running', 'paused');
    const problem = this.#hosted.native.saveRestoreProblem();
    if (problem !== null) throw cannotSave(problem);
    const before = this.state;
    this.#become({ phase: 'saving', since: now() });
    try {
      if (before.phase === 'running') await this.#hosted.native.pause();
      await this.#save();
    } catch (error) {
      await this.#goOnAfterFailedSave(before);
      throw vzError(error);
    }
    this.#isOwnStop = true;
    await this.#hosted.native.stop().catch(() => undefined);
    this.#end({ phase: 'suspended', since: now() });
  }

  /** There is none to be had: the framework draws on the screen, and to no one else. */
  picture(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  openConsole(): Promise<Duplex> {
    return Promise.reject(
      new AppError('not-supported', 'The screen of this machine is shown by macOS, in a window of its own.', {
        hint: 'Open its console in the app.',
      }),
    );
  }

  openSerial(): Promise<Duplex> {
    const [ours, theirs] = duplexPair();
    this.#hosted.serial.addClient(ours);
    return Promise.resolve(theirs);
  }

  /** Nobody may look into the process that macOS runs a guest in. */
  usage(): Promise<Usage[]> {
    return Promise.resolve([]);
  }

  portForwards(): Promise<readonly PortForward[]> {
    return Promise.resolve(this.#hosted.forwards.forwards);
  }

  /** One change after the other: two at once would each undo what the other did. */
  setPortForwards(forwards: readonly PortForward[]): Promise<void> {
    const turn = this.#forwardsTurn.then(() => this.#hosted.forwards.set(forwards));
    this.#forwardsTurn = turn.catch(() => undefined);
    return turn;
  }

  ended(signal: AbortSignal): Promise<MachineState> {
    return this.#hosted.states.reach(({ phase }) => !isAlive(phase), signal);
  }

  detach(): void {
    // It runs in this process, for everyone in it.
  }

  /** Tells the user something for as long as the guest runs; nothing once it has ended. */
  warn(warning: string): void {
    this.#warning = warning;
    if (this.state.phase === 'running') this.#become(this.#running());
  }

  async #restore(): Promise<void> {
    this.#become({ phase: 'restoring', since: now() });
    const file = path.join(this.folder, tartFiles.savedState);
    await this.#hosted.native.restoreState(file);
    // The guest's next write makes the state worthless, so it must be gone before the guest can write.
    await rm(file, { force: true });
    await this.#hosted.native.resume();
  }

  async #save(): Promise<void> {
    const file = path.join(this.folder, tartFiles.savedState);
    const partial = `${file}.partial`;
    try {
      await this.#hosted.native.saveState(partial);
      await rename(partial, file);
    } finally {
      await rm(partial, { force: true });
    }
  }

  async #goOnAfterFailedSave(before: MachineState): Promise<void> {
    if (before.phase === 'running') await this.#hosted.native.resume().catch(() => undefined);
    if (!this.#isOver) this.#become(before.phase === 'running' ? this.#running() : before);
  }

  #wasDeaf(): void {
    const { state } = this;
    if (state.phase !== 'stopping' || state.how !== 'asked') return;
    this.#warning = 'The guest did not shut down when it was asked to.';
    this.#become(this.#running());
  }

  #running(): MachineState {
    return {
      phase: 'running',
      since: this.#runningSince,
      owner: 'tatin',
      pid: this.#hosted.lock.pid,
      ...(this.#warning === undefined ? {} : { warning: this.#warning }),
    };
  }

  #become(state: MachineState): void {
    if (!this.#isOver) this.#hosted.states.become(state);
  }

  /** Who made the machine tells the last state, when all of it is closed. */
  #end(last: MachineState): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#deafTimer);
    try {
      // Before anything of the machine is closed, or the view would draw what is gone.
      this.screen?.close();
    } catch (error) {
      console.error('The screen was not closed:', error);
    }
    this.#over.resolve(last);
  }

  #need(...phases: Phase[]): void {
    if (!phases.includes(this.state.phase)) throw notNow(`it is ${this.state.phase}`);
  }
}

function failed(error: AppError): MachineState {
  return { phase: 'failed', since: now(), error: error.toInfo() };
}

/** Why a machine that ran ended; the framework’s errors are worded for a start. */
function crash(facts: unknown): AppError {
  const error = vzError(facts);
  return error.code === 'start-failed' ? new AppError('guest-crashed', error.message, error) : error;
}

function notNow(why: string): AppError {
  return new AppError('state-not-allowed', `That is not possible now: ${why}.`, { retry: true });
}

function cannotSave(problem: string): AppError {
  return new AppError('suspend-failed', "The machine can't be suspended with the devices that it was started with.", {
    hint: 'Shut it down instead. macOS guests can be suspended where the Mac has macOS 14 or newer.',
    details: problem,
  });
}

async function translated(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw vzError(error);
  }
}
