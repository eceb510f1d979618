import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { tartFiles } from '../../library/layout.ts';
import type { Engine, EngineEnd, EngineEvent, SaveProblem } from '../shared/engine.ts';
import type { VzAddon, VzNativeMachine } from './addon.ts';
import {
  type VzDocument,
  type VzEvent,
  type VzNativeState,
  type VzStart,
  type VzView,
  vzEventSchema,
} from './document.ts';
import { vzError } from './errors.ts';
import { VzScreen } from './vz-screen.ts';

/** What a guest of the framework's is made from. */
export interface VzGuest {
  readonly addon: Pick<VzAddon, 'Machine'>;
  readonly document: VzDocument;
  /** The VM's. */
  readonly folder: string;
  readonly start: VzStart;
  /** Whether there is a saved state to go on from. */
  readonly restores: boolean;
  /** How it is shown; undefined for a guest without a display. */
  readonly view: VzView | undefined;
}

/** A guest of Virtualization.framework's, in this process. */
export class VzEngine implements Engine, Disposable {
  readonly restores: boolean;
  /** The addon's machine. */
  readonly native: VzNativeMachine;
  /** What a window that shows it draws with; undefined without a display. */
  readonly screen: VzScreen | undefined;
  readonly #guest: VzGuest;
  readonly #ended = Promise.withResolvers<EngineEnd>();
  #listener: (event: EngineEvent) => void = () => undefined;
  #isResetting = false;

  /** @throws AppError where the framework refuses the document */
  constructor(guest: VzGuest) {
    const { addon, document, restores, view } = guest;
    this.#guest = guest;
    this.restores = restores;
    try {
      this.native = new addon.Machine(JSON.stringify(document), (text) => {
        const event = vzEventSchema.safeParse(JSON.parse(text));
        if (event.success) this.#take(event.data);
      });
    } catch (error) {
      throw vzError(error);
    }
    this.screen = view === undefined ? undefined : new VzScreen(this.native, view);
  }

  get ended(): Promise<EngineEnd> {
    return this.#ended.promise;
  }

  onEvent(listener: (event: EngineEvent) => void): void {
    this.#listener = listener;
  }

  async start(): Promise<void> {
    if (this.restores) await translated(() => this.#restore());
    else await translated(() => this.native.start(JSON.stringify(this.#guest.start)));
  }

  async requestShutdown(): Promise<void> {
    await translated(() => this.native.requestStop());
  }

  async stop(): Promise<void> {
    await translated(() => this.native.stop());
    this.#end({});
  }

  /** The framework has no reset: power off, power on, without a pause between. */
  async reset(): Promise<void> {
    this.#isResetting = true;
    try {
      await this.native.stop();
      await this.native.start(JSON.stringify({ recovery: false, provisioning: null }));
    } catch (thrown) {
      const error = vzError(thrown);
      this.#end({ error });
      throw error;
    } finally {
      this.#isResetting = false;
    }
    this.screen?.renew();
  }

  async pause(): Promise<void> {
    await translated(() => this.native.pause());
  }

  async resume(): Promise<void> {
    await translated(() => this.native.resume());
  }

  async saveProblem(): Promise<SaveProblem | undefined> {
    const details = await translated(() => this.native.saveRestoreProblem());
    if (details === null) return undefined;
    return {
      reason: 'with the devices that it has',
      hint: 'Shut it down instead. macOS guests can be suspended where the Mac has macOS 14 or newer.',
      details,
    };
  }

  async save(): Promise<void> {
    const file = this.#savedState();
    const partial = `${file}.partial`;
    try {
      await translated(() => this.native.saveState(partial));
      await translated(() => rename(partial, file));
    } finally {
      await rm(partial, { force: true });
    }
  }

  [Symbol.dispose](): void {
    this.#closeScreen();
    this.native.close();
  }

  async #restore(): Promise<void> {
    await this.native.restoreState(this.#savedState());
    // The guest's next write makes the state worthless, so it must be gone before the guest can write.
    await rm(this.#savedState(), { force: true });
    await this.native.resume();
  }

  #savedState(): string {
    return path.join(this.#guest.folder, tartFiles.savedState);
  }

  #take(event: VzEvent): void {
    if (event.event === 'state') this.#takeState(event.state);
    else if (event.event === 'guestStopped') {
      if (!this.#isResetting) this.#end({});
    } else if (event.event === 'stoppedWithError') this.#end({ error: crash(event.error) });
    else if (event.event === 'networkDisconnected') this.#warn(`The guest's network was cut: ${event.error.message}`);
    else if (event.event === 'diskDisconnected')
      this.#warn(`The disk ${event.url} is not reached: ${event.error.message}`);
    else this.screen?.take(event);
  }

  /** Ends are told by events of their own, with their reason. */
  #takeState(state: VzNativeState): void {
    if (!this.#isResetting && (state === 'running' || state === 'paused')) this.#listener({ kind: state });
  }

  #warn(text: string): void {
    this.#listener({ kind: 'warning', text });
  }

  #end(end: EngineEnd): void {
    // A view must not draw what is gone.
    this.#closeScreen();
    this.#ended.resolve(end);
  }

  #closeScreen(): void {
    try {
      this.screen?.close();
    } catch (error) {
      console.error('The screen was not closed:', error);
    }
  }
}

/** Why a guest that ran ended; the framework's errors are worded for a start. */
function crash(facts: unknown): AppError {
  const error = vzError(facts);
  return error.code === 'start-failed' ? new AppError('guest-crashed', error.message, error) : error;
}

async function translated<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw vzError(error);
  }
}
