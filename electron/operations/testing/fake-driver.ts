import { PassThrough, type Duplex } from 'node:stream';
import path from 'node:path';
import { PNG } from 'pngjs';
import { Emitter } from '../../contract/emitter.ts';
import { AppError, type ErrorInfo } from '../../contract/errors.ts';
import type { Host } from '../../contract/host.ts';
import type { MachineState, PortForward, Usage } from '../../contract/machine.ts';
import { type MachineChoices, networkModes } from '../../contract/network-settings.ts';
import { isAlive } from '../../contract/verbs.ts';
import type { Driver, Machine, RunOptions } from '../../hypervisor/machine.ts';
import type { GuestAgent } from '../../guest/guest-agent.ts';

const now = (): string => new Date().toISOString();
const running = (): MachineState => ({ phase: 'running', since: now(), owner: 'tatin', pid: process.pid });

/** A machine without a guest: it does at once what it is asked, unless the test says otherwise. */
export class FakeMachine implements Machine {
  readonly folder: string;
  readonly asked: string[] = [];
  isDetached = false;
  /** Size of the screen; none while undefined. */
  screen: { width: number; height: number } | undefined = { width: 1280, height: 800 };
  addressNow: () => Promise<string> = () => Promise.reject(new AppError('agent-unavailable', 'No agent yet.'));
  #state: MachineState;
  readonly #changes = new Emitter<MachineState>();

  constructor(folder: string, state: MachineState = running()) {
    this.folder = folder;
    this.#state = state;
  }

  get name(): string {
    return path.basename(this.folder);
  }

  get state(): MachineState {
    return this.#state;
  }

  enter(state: MachineState): void {
    this.#state = state;
    this.#changes.emit(state);
  }

  onState(listener: (state: MachineState) => void): () => void {
    return this.#changes.on(listener);
  }

  #do(what: string, then: MachineState): Promise<void> {
    this.asked.push(what);
    this.enter(then);
    return Promise.resolve();
  }

  shutDown = (): Promise<void> => this.#do('shutDown', { phase: 'stopping', since: now(), how: 'asked' });
  forceStop = (): Promise<void> => this.#do('forceStop', { phase: 'stopped' });
  reset = (): Promise<void> => this.#do('reset', running());
  pause = (): Promise<void> => this.#do('pause', { phase: 'paused', since: now() });
  resume = (): Promise<void> => this.#do('resume', running());
  suspend = (): Promise<void> => this.#do('suspend', { phase: 'suspended', since: now() });

  picture(maxWidth: number): Promise<{ png: Uint8Array; width: number; height: number } | undefined> {
    if (!isAlive(this.#state.phase)) return Promise.reject(new AppError('connection-lost', 'It has ended.'));
    if (this.screen === undefined) return Promise.resolve(undefined);
    const width = Math.min(maxWidth, this.screen.width);
    const height = Math.round((this.screen.height * width) / this.screen.width);
    return Promise.resolve({ png: pngOf(width, height), width, height });
  }

  openConsole = (): Promise<Duplex> => Promise.resolve(new PassThrough());
  openSerial = (): Promise<Duplex> => Promise.resolve(new PassThrough());
  forwardsNow: readonly PortForward[] = [];
  portForwards = (): Promise<readonly PortForward[]> => Promise.resolve(this.forwardsNow);
  setPortForwards = (forwards: readonly PortForward[]): Promise<void> => {
    this.forwardsNow = forwards;
    return Promise.resolve();
  };
  usage = (): Promise<Usage[]> => Promise.resolve([{ at: now(), cpuFraction: 0.5, memoryBytes: 1 }]);

  readonly agent: GuestAgent = {
    ping: () => Promise.resolve(),
    exec: ({ path: program, args }, output) => {
      output.stdout(Buffer.from([program, ...args].join(' ')));
      return Promise.resolve(0);
    },
    address: async () => ({ ip: await this.addressNow(), source: 'agent', at: now() }),
  };

  ended(): Promise<MachineState> {
    return Promise.resolve(this.#state);
  }

  detach(): void {
    this.isDetached = true;
  }
}

/** A plain picture of that size. */
export function pngOf(width: number, height: number): Buffer {
  return PNG.sync.write(new PNG({ width, height, fill: true }));
}

/** Starts fake machines, and finds those that the test says another Tatin started. */
export class FakeDriver implements Driver {
  readonly kind = 'qemu';
  readonly survivesApp: boolean = true;
  readonly started: FakeMachine[] = [];
  readonly elsewhere = new Map<string, FakeMachine>();
  attachCount = 0;
  failure: { at: Date; error: ErrorInfo } | undefined;
  /** What a start waits for. */
  gate: (signal: AbortSignal) => Promise<void> = () => Promise.resolve();
  guestsNow: () => Promise<Host['guests']> = () =>
    Promise.resolve([
      { os: 'linux', arch: 'amd64', driver: 'qemu', accelerator: 'none' },
      { os: 'linux', arch: 'arm64', driver: 'qemu', accelerator: 'none' },
      { os: 'darwin', arch: 'arm64', driver: 'vz', notAvailable: 'It takes a Mac.' },
    ]);

  guests(): Promise<Host['guests']> {
    return this.guestsNow();
  }

  choices(): Promise<MachineChoices> {
    const modes = networkModes.map((mode) => ({
      mode,
      ...(mode === 'softnet' ? { notAvailable: 'It takes a Mac.' } : {}),
    }));
    return Promise.resolve({ modes, interfaces: [], hasOwnNat: true, nested: {} });
  }

  async start(folder: string, _options: RunOptions, signal: AbortSignal): Promise<Machine> {
    await this.gate(signal);
    const machine = new FakeMachine(folder);
    this.started.push(machine);
    return machine;
  }

  attach(folder: string): Promise<Machine | undefined> {
    this.attachCount++;
    return Promise.resolve(this.elsewhere.get(path.basename(folder)));
  }

  lastFailure(): Promise<{ at: Date; error: ErrorInfo } | undefined> {
    return Promise.resolve(this.failure);
  }
}
