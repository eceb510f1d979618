import { AppError } from '../../../contract/errors.ts';
import { type MachineState, type Phase, type Usage } from '../../../contract/machine.ts';
import { isAlive } from '../../../contract/verbs.ts';
import type { QemuAgent } from '../../../guest/qemu-agent.ts';
import type { QmpEvent } from '../qmp.ts';
import { crash } from './failures.ts';
import type { GuestProcess } from './guest-process.ts';
import { ioError } from './io-error.ts';
import type { Ending } from './processes.ts';
import { type Picture, takePicture } from './screen.ts';
import { States, now } from '../../shared/states.ts';
import { UsageMeter } from './usage-meter.ts';

/** A QEMU that has just been started, and what its machine is. */
export interface Hosted {
  readonly qemu: GuestProcess;
  readonly agent: QemuAgent;
  readonly cpuCount: number;
  readonly runFolder: string;
  /** QEMU writes PNG files. */
  readonly pngs: boolean;
  /** What the user should know while it runs. */
  readonly warning: string | undefined;
  /** Saves the state of the stopped guest where it belongs. @throws AppError `suspend-failed` */
  readonly save: () => Promise<void>;
  /** Why {@link save} would fail, if that is known. */
  readonly savingBlocked: () => Promise<string | undefined>;
}

/** A guest that has not begun to shut down by then does not listen for the power button. */
const deafAfterMs = 90_000;
/** QEMU flushes its disks before it ends. */
const quitLimitMs = 20_000;

/**
 * A running guest and what can be asked of it. Its state follows what QEMU tells, so that a guest which stops by itself,
 * or whom somebody else pauses, is shown as it is.
 */
export class HostedMachine {
  readonly states: States;
  readonly #hosted: Hosted;
  readonly #usage: UsageMeter;
  #warning: string | undefined;
  #runningSince = now();
  #ioError: AppError | undefined;
  /** QEMU's word for why the guest ended, once it has said so. */
  #shutdownReason: string | undefined;
  #deafTimer: NodeJS.Timeout | undefined;
  #saved = false;
  /** Somebody asked for the end, so it is not the guest's own. */
  #wasAsked = false;
  #pictures: Promise<unknown> = Promise.resolve();

  constructor(states: States, hosted: Hosted) {
    this.states = states;
    this.#hosted = hosted;
    this.#warning = hosted.warning;
    this.#usage = new UsageMeter(hosted.qemu.pid, hosted.cpuCount);
    hosted.qemu.qmp.onEvent((event) => this.#take(event));
  }

  /** The guest's CPUs run now. */
  began(): void {
    this.#runningSince = now();
    this.states.become(this.#running());
  }

  /** Resolves with the state that is left when QEMU has ended. */
  async ended(): Promise<MachineState> {
    const ending = await this.#hosted.qemu.ended;
    clearTimeout(this.#deafTimer);
    this.#usage[Symbol.dispose]();
    return this.#lastState(ending);
  }

  /** Who wanted it to end, once it has. */
  get endedBy(): 'guest' | 'user' {
    return this.#wasAsked ? 'user' : 'guest';
  }

  /** Presses the power button; the guest takes its time. Resolves when it is pressed. */
  async shutDown(): Promise<void> {
    if (this.states.current.phase === 'paused') await this.resume();
    this.#need('running', 'stopping');
    this.#wasAsked = true;
    this.states.become({ phase: 'stopping', since: now(), how: 'asked' });
    await this.#hosted.qemu.qmp.execute('system_powerdown');
    clearTimeout(this.#deafTimer);
    this.#deafTimer = setTimeout(() => this.#wasDeaf(), deafAfterMs);
  }

  /** Cuts the power. Resolves when QEMU has ended. */
  async forceStop(): Promise<void> {
    const { phase } = this.states.current;
    if (phase === 'saving') throw notNow('it is being suspended');
    if (!isAlive(phase)) return;
    this.#ioError = undefined;
    this.#wasAsked = true;
    this.states.become({ phase: 'stopping', since: now(), how: 'forced' });
    await this.#quit();
  }

  async reset(): Promise<void> {
    this.#need('running');
    await this.#hosted.qemu.qmp.execute('system_reset');
  }

  async pause(): Promise<void> {
    this.#need('running');
    this.states.become({ phase: 'pausing', since: now() });
    await this.#hosted.qemu.qmp.execute('stop');
    await this.states.reach(({ phase }) => phase !== 'pausing');
  }

  async resume(): Promise<void> {
    this.#need('paused');
    this.#ioError = undefined;
    this.states.become({ phase: 'resuming', since: now() });
    try {
      await this.#hosted.qemu.qmp.execute('cont');
    } catch (error) {
      this.states.become({ phase: 'paused', since: now() });
      throw new AppError('start-failed', "The machine can't go on.", { details: String(error), cause: error });
    }
    await this.states.reach(({ phase }) => phase !== 'resuming');
  }

  /** Saves the guest's memory and ends QEMU. If that fails, the guest goes on as it was. */
  async suspend(): Promise<void> {
    this.#need('running', 'paused');
    const before = this.states.current;
    const blocked = await this.#hosted.savingBlocked();
    if (blocked !== undefined) throw cannotSave(blocked);
    this.#need('running', 'paused');
    this.states.become({ phase: 'saving', since: now() });
    try {
      await this.#hosted.qemu.qmp.execute('stop');
      await this.#hosted.save();
    } catch (error) {
      await this.#goOnAfterFailedSave(before);
      throw error;
    }
    this.#saved = true;
    await this.#quit();
  }

  /** A picture of the screen, at most `maxWidth` pixels wide; undefined while there is none. */
  picture(maxWidth: number): Promise<Picture | undefined> {
    const { qemu, runFolder, pngs } = this.#hosted;
    const taken = this.#pictures.then(() => takePicture(qemu.qmp, runFolder, { maxWidth, pngs }));
    this.#pictures = taken.catch(() => undefined);
    return taken;
  }

  usage(): Promise<Usage[]> {
    return this.#usage.samples();
  }

  /** Tells the user something for as long as the guest runs; nothing once it has ended. */
  warn(warning: string): void {
    this.#warning = warning;
    if (this.states.current.phase === 'running') this.states.become(this.#running());
  }

  #running(): MachineState {
    return {
      phase: 'running',
      since: this.#runningSince,
      owner: 'tatin',
      pid: process.pid,
      ...(this.#warning === undefined ? {} : { warning: this.#warning }),
    };
  }

  #take({ event, data }: QmpEvent): void {
    const { phase } = this.states.current;
    if (event === 'BLOCK_IO_ERROR' && data.action === 'stop') this.#ioError = ioError(data);
    else if (event === 'STOP') this.#tookStop(phase);
    else if (event === 'RESUME' && (phase === 'resuming' || phase === 'paused')) this.states.become(this.#running());
    else if (event === 'SHUTDOWN') this.#shutdownReason = String(data.reason);
    else if (event === 'VSERPORT_CHANGE' && data.id === 'agent-port')
      this.#hosted.agent.portChanged(data.open === true);
  }

  /** While it is saved or stopped, a pause is only a part of that. */
  #tookStop(phase: Phase): void {
    if (this.#ioError === undefined && phase !== 'pausing' && phase !== 'running') return;
    if (phase === 'saving') return;
    const error = this.#ioError?.toInfo();
    this.states.become({ phase: 'paused', since: now(), ...(error === undefined ? {} : { error }) });
  }

  #wasDeaf(): void {
    const { current } = this.states;
    if (current.phase !== 'stopping' || current.how !== 'asked') return;
    this.#wasAsked = false;
    this.warn('The guest did not react to being asked to shut down.');
    this.states.become(this.#running());
  }

  async #goOnAfterFailedSave(before: MachineState): Promise<void> {
    if (before.phase === 'paused') {
      this.states.become(before);
      return;
    }
    this.states.become({ phase: 'resuming', since: now() });
    // If QEMU is gone, its end says more than this command's failure.
    await this.#hosted.qemu.qmp.execute('cont').catch(() => undefined);
  }

  async #quit(): Promise<void> {
    const { qemu } = this.#hosted;
    const timer = setTimeout(() => void qemu.kill(), quitLimitMs);
    try {
      // It may end before it has answered.
      await qemu.qmp.execute('quit').catch(() => undefined);
      await qemu.ended;
    } finally {
      clearTimeout(timer);
    }
  }

  async #lastState(ending: Ending): Promise<MachineState> {
    const { current } = this.states;
    if (this.#saved) return { phase: 'suspended', since: now() };
    const forced = current.phase === 'stopping' && current.how === 'forced';
    const byItself = this.#shutdownReason !== undefined && this.#shutdownReason !== 'guest-panic';
    if (forced || byItself) return { phase: 'stopped' };
    const error = crash(ending, await this.#hosted.qemu.output()).toInfo();
    return { phase: 'failed', since: now(), error };
  }

  #need(...phases: Phase[]): void {
    const { phase } = this.states.current;
    if (!phases.includes(phase)) throw notNow(`it is ${phase}`);
  }
}

function notNow(why: string): AppError {
  return new AppError('state-not-allowed', `That is not possible now: ${why}.`, { retry: true });
}

/** QEMU names the device that stands in the way. */
function cannotSave(reason: string): AppError {
  const shares = /virtio-?fs|9p|vhost-user|VirtFS/i.test(reason);
  return new AppError(
    'suspend-failed',
    `The machine can't be suspended${shares ? ' while it has shared folders' : ''}.`,
    {
      hint: shares ? 'Shut it down instead, or start it without shared folders.' : 'Shut it down instead, or pause it.',
      details: reason,
    },
  );
}
