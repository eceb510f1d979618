import { AppError } from '../../contract/errors.ts';
import type { MachineState, Phase } from '../../contract/machine.ts';
import { isAlive } from '../../contract/verbs.ts';
import { type Clock, systemClock } from '../../host/clock.ts';
import type { Engine, EngineEnd, EngineEvent, SaveProblem } from './engine.ts';
import { type States, now } from './states.ts';

/**
 * After this a guest that was asked to shut down counts as running again, and can be asked anew: macOS may show a
 * question meanwhile, and other guests may not listen to the power button.
 */
const shutdownTimeoutMs = 90_000;

export interface MachineLifeOptions {
  readonly engine: Engine;
  /** Begins with `starting`. */
  readonly states: States;
  /** Of the process that holds the VM's lock. */
  readonly pid: number;
  readonly clock?: Clock;
}

/**
 * The states of a machine from its start to its end, whatever engine runs it; the diagram is at `machineStateSchema`.
 * The state follows what the engine reports, so that a guest which stops without being asked is shown as it is.
 *
 * Each request throws AppError `state-not-allowed` where it makes no sense now, or the engine's error.
 */
export class MachineLife {
  readonly #engine: Engine;
  readonly #states: States;
  readonly #pid: number;
  readonly #clock: Clock;
  readonly #ended = Promise.withResolvers<MachineState>();
  #warning: string | undefined;
  #runningSince = now();
  #cancelShutdownTimer: (() => void) | undefined;
  /** Somebody asked for the end, so it is not the guest's own. */
  #isEndRequested = false;
  #isSaved = false;
  #hasEnded = false;
  #reset: Promise<void> | undefined;
  #forcedStop: Promise<void> | undefined;

  constructor({ engine, states, pid, clock = systemClock }: MachineLifeOptions) {
    this.#engine = engine;
    this.#states = states;
    this.#pid = pid;
    this.#clock = clock;
    engine.onEvent((event) => this.#take(event));
    void engine.ended.then((end) => this.#end(end));
  }

  get state(): MachineState {
    return this.#states.current;
  }

  /**
   * Resolves with the last state when the guest has ended. It is not in `states` yet: what belongs to the machine is closed
   * first, so that it can be started again as soon as its end is known there.
   */
  get ended(): Promise<MachineState> {
    return this.#ended.promise;
  }

  /** Who wanted the machine to end, once it has. */
  get endedBy(): 'guest' | 'user' {
    return this.#isEndRequested ? 'user' : 'guest';
  }

  /** Starts the guest, or restores it. It counts as running after {@link markRunning}. */
  async start(): Promise<void> {
    if (this.#engine.restores) this.#become({ phase: 'restoring', since: now() });
    await this.#engine.start();
  }

  /** What leads to the started guest is open, so its machine is running. */
  markRunning(): void {
    this.#runningSince = now();
    if (this.state.phase === 'starting' || this.state.phase === 'restoring') this.#become(this.#running());
  }

  /** Asks the guest to shut down. Resolves when it is asked. */
  async shutDown(): Promise<void> {
    if (this.state.phase === 'paused') await this.resume();
    this.#need('running', 'stopping');
    const before = { state: this.state, isEndRequested: this.#isEndRequested };
    this.#isEndRequested = true;
    const stopping = this.#become({ phase: 'stopping', since: now(), how: 'asked' });
    try {
      await this.#engine.requestShutdown();
    } catch (error) {
      if (this.state === stopping) {
        this.#isEndRequested = before.isEndRequested;
        this.#become(before.state);
      }
      throw error;
    }
    this.#cancelShutdownTimer?.();
    this.#cancelShutdownTimer = this.#clock.after(shutdownTimeoutMs, () => this.#onShutdownIgnored());
  }

  /** Cuts the power. Resolves when the guest has ended; at once if it has already. */
  async forceStop(): Promise<void> {
    if (this.state.phase === 'saving') throw notNow('it is being suspended');
    if (this.#hasEnded || !isAlive(this.state.phase)) return;
    this.#forcedStop ??= this.#cutPower().finally(() => (this.#forcedStop = undefined));
    await this.#forcedStop;
  }

  async reset(): Promise<void> {
    this.#need('running');
    this.#reset = this.#engine.reset();
    try {
      await this.#reset;
    } finally {
      this.#reset = undefined;
    }
    this.#runningSince = now();
    if (this.state.phase === 'running') this.#become(this.#running());
  }

  async pause(): Promise<void> {
    this.#need('running');
    this.#become({ phase: 'pausing', since: now() });
    try {
      await this.#engine.pause();
    } catch (error) {
      this.#leave('pausing', this.#running());
      throw error;
    }
    this.#leave('pausing', { phase: 'paused', since: now() });
  }

  async resume(): Promise<void> {
    this.#need('paused');
    const before = this.state;
    this.#become({ phase: 'resuming', since: now() });
    try {
      await this.#engine.resume();
    } catch (error) {
      this.#leave('resuming', before);
      throw error;
    }
    this.#leave('resuming', this.#running());
  }

  /** Resolves when the guest's state is saved and the guest has ended. If it can't be saved, it goes on as before. */
  async suspend(): Promise<void> {
    this.#need('running', 'paused');
    const problem = await this.#engine.saveProblem();
    if (problem !== undefined) throw cannotSave(problem);
    this.#need('running', 'paused');
    const before = this.state;
    this.#become({ phase: 'saving', since: now() });
    try {
      if (before.phase === 'running') await this.#engine.pause();
    } catch (error) {
      this.#leave('saving', this.#running());
      throw error;
    }
    try {
      await this.#engine.save();
    } catch (error) {
      await this.#goOnAfterFailedSave(before);
      throw error;
    }
    this.#isSaved = true;
    // The state is on disk, so the guest must not go on, whatever its end was like.
    await this.#engine.stop().catch(() => undefined);
    this.#end({});
  }

  /** Tells the user something for as long as the guest runs. */
  warn(text: string): void {
    this.#warning = text;
    if (this.state.phase === 'running') this.#become(this.#running());
  }

  async #cutPower(): Promise<void> {
    const before = this.state;
    this.#isEndRequested = true;
    this.#become({ phase: 'stopping', since: now(), how: 'forced' });
    try {
      await this.#reset?.catch(() => undefined);
      await this.#engine.stop();
    } catch (error) {
      if (this.#hasEnded) return;
      this.#become(before);
      throw error;
    }
    this.#end({});
  }

  async #goOnAfterFailedSave(before: MachineState): Promise<void> {
    if (before.phase === 'paused') {
      this.#leave('saving', before);
      return;
    }
    this.#leave('saving', { phase: 'resuming', since: now() });
    const next = await this.#engine.resume().then(
      () => this.#running(),
      // The failure of the save is told, and says more.
      (): MachineState => ({ phase: 'paused', since: now() }),
    );
    this.#leave('resuming', next);
  }

  #onShutdownIgnored(): void {
    if (this.state.phase !== 'stopping' || this.state.how !== 'asked') return;
    this.#isEndRequested = false;
    this.#warning = 'The guest did not shut down when it was asked to.';
    this.#become(this.#running());
  }

  #take(event: EngineEvent): void {
    const { phase } = this.state;
    if (event.kind === 'warning') this.warn(event.text);
    else if (event.kind === 'paused') this.#takePause(event.error);
    else if (phase === 'resuming' || phase === 'paused') this.#become(this.#running());
  }

  /** While the guest is saved, or ends, standing still is only a part of that. */
  #takePause(error: AppError | undefined): void {
    const { state } = this;
    if (state.phase === 'saving' || (state.phase === 'stopping' && state.how === 'forced')) return;
    if (error === undefined && state.phase !== 'pausing' && state.phase !== 'running') return;
    this.#become({ phase: 'paused', since: now(), ...(error === undefined ? {} : { error: error.toInfo() }) });
  }

  #end({ error }: EngineEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#cancelShutdownTimer?.();
    const isForced = this.state.phase === 'stopping' && this.state.how === 'forced';
    if (this.#isSaved) this.#ended.resolve({ phase: 'suspended', since: now() });
    else if (isForced || error === undefined) this.#ended.resolve({ phase: 'stopped' });
    else this.#ended.resolve({ phase: 'failed', since: now(), error: error.toInfo() });
  }

  #running(): MachineState {
    return {
      phase: 'running',
      since: this.#runningSince,
      owner: 'tatin',
      pid: this.#pid,
      ...(this.#warning === undefined ? {} : { warning: this.#warning }),
    };
  }

  #become(state: MachineState): MachineState {
    if (!this.#hasEnded) this.#states.become(state);
    return state;
  }

  /** Ends a step, unless something else has happened meanwhile. */
  #leave(phase: Phase, next: MachineState): void {
    if (this.state.phase === phase) this.#become(next);
  }

  #need(...phases: Phase[]): void {
    if (this.#hasEnded) throw notNow('it has ended');
    if (this.#reset !== undefined) throw notNow('it is being reset');
    if (this.#forcedStop !== undefined) throw notNow('it is being turned off');
    if (!phases.includes(this.state.phase)) throw notNow(`it is ${this.state.phase}`);
  }
}

function notNow(why: string): AppError {
  return new AppError('state-not-allowed', `That is not possible now: ${why}.`, { retry: true });
}

function cannotSave({ reason, hint, details }: SaveProblem): AppError {
  return new AppError('suspend-failed', `The machine can't be suspended ${reason}.`, { hint, details });
}
