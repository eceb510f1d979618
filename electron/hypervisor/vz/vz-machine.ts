import path from 'node:path';
import { type Duplex, duplexPair } from 'node:stream';
import { AppError } from '../../contract/errors.ts';
import type { MachineState, PortForward, Usage } from '../../contract/machine.ts';
import { isAlive } from '../../contract/verbs.ts';
import { ControlClient } from '../../guest/control-client.ts';
import type { GuestAgent } from '../../guest/guest-agent.ts';
import { tartFiles } from '../../library/layout.ts';
import type { Machine } from '../machine.ts';
import type { MachineLife } from '../shared/machine-life.ts';
import type { SerialHub } from '../shared/serial-hub.ts';
import type { States } from '../shared/states.ts';
import type { HeldLock } from './held-lock.ts';
import type { VzForwards } from './vz-forwards.ts';
import type { VzScreen } from './vz-screen.ts';

/** What a machine stands on. */
export interface VzHosted {
  readonly folder: string;
  readonly states: States;
  readonly life: MachineLife;
  readonly lock: HeldLock;
  readonly serial: SerialHub;
  /** Undefined for a machine without a display. */
  readonly screen: VzScreen | undefined;
  readonly forwards: VzForwards;
}

/** A machine of Virtualization.framework, in this process. */
export class VzMachine implements Machine {
  readonly folder: string;
  readonly agent: GuestAgent;
  /** What the window that shows it draws with; undefined without a display. */
  readonly screen: VzScreen | undefined;
  readonly #hosted: VzHosted;
  #forwardsTurn: Promise<void> = Promise.resolve();

  constructor(hosted: VzHosted) {
    const { folder, life, lock } = hosted;
    this.#hosted = hosted;
    this.folder = folder;
    this.agent = new ControlClient(path.join(folder, tartFiles.controlSocket));
    this.screen = hosted.screen;
    lock.onRequest((verb) => {
      life[verb]().catch((error: unknown) =>
        life.warn(`What was asked by a signal did not work: ${AppError.from(error).message}`),
      );
    });
    // Without its lock another program could start the same machine; `tart stop` kills the holder when it has waited.
    void lock.ended.then(() => (lock.isReleased ? undefined : life.forceStop().catch(() => undefined)));
  }

  get name(): string {
    return path.basename(this.folder);
  }

  get state(): MachineState {
    return this.#hosted.states.current;
  }

  onState(listener: (state: MachineState) => void): () => void {
    return this.#hosted.states.onChange(listener);
  }

  shutDown(): Promise<void> {
    return this.#hosted.life.shutDown();
  }

  forceStop(): Promise<void> {
    return this.#hosted.life.forceStop();
  }

  reset(): Promise<void> {
    return this.#hosted.life.reset();
  }

  pause(): Promise<void> {
    return this.#hosted.life.pause();
  }

  resume(): Promise<void> {
    return this.#hosted.life.resume();
  }

  suspend(): Promise<void> {
    return this.#hosted.life.suspend();
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
}
