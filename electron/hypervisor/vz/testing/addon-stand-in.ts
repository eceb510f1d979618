import { once } from 'node:events';
import { writeFileSync, existsSync } from 'node:fs';
import { type Duplex, duplexPair } from 'node:stream';
import type { VzAddon, VzNativeMachine } from '../addon.ts';
import type { VzDescriptors } from '../descriptors.ts';
import type { VzDocument, VzFacts, VzNativeState, VzRestoreImage } from '../document.ts';
import { macFacts } from './mac-facts.ts';

/**
 * Stands in for `native/vz` where there is no macOS: the same calls, the framework's order of states, its refusals with
 * their numbers, and events that come later than the call. Its guest is a few lines of its own.
 */
export class AddonStandIn {
  readonly machines: MachineStandIn[] = [];
  /** Every call by name, machines' and the addon's. */
  readonly calls: string[] = [];
  facts: VzFacts = macFacts();
  /** An installation goes on until it is cancelled. */
  waitsInstalling = false;
  /** Fails the next call of that name with these fields. */
  readonly failures = new Map<string, { message: string; domain: string; code: number; reason?: string }>();
  /** What a connection of the guest's agent leads to; without it nobody listens in the guest. */
  agent: (() => Duplex) | undefined;
  /** What every restore image is. */
  image: Omit<VzRestoreImage, 'url'> = {
    build: '24A335',
    version: '15.0.0',
    supported: true,
    requirements: { hardwareModel: 'bW9kZWw=', cpuCount: 2, memoryBytes: 4 * 1024 ** 3 },
  };
  readonly #streams = new Map<number, Duplex>();
  #lastDescriptor = 1000;

  readonly addon: VzAddon;

  constructor() {
    const note = (name: string) => this.note(name);
    const makeMachine = (document: string, listener: (event: string) => void) =>
      new MachineStandIn(this, JSON.parse(document) as VzDocument, listener);
    this.addon = {
      hostFacts: () => JSON.stringify(this.facts),
      openPair: () => JSON.stringify(this.openPair()),
      openPseudoTerminal: () => JSON.stringify({ descriptor: this.#number(), path: '/dev/ttys007' }),
      createMachineIdentifier: () => 'bmV3',
      createAuxiliaryStorage: (request) => this.#createFile('createAuxiliaryStorage', request),
      createVariableStore: (request) => this.#createFile('createVariableStore', request),
      latestRestoreImage: async () => {
        note('latestRestoreImage');
        await tick();
        return JSON.stringify({ ...this.image, url: 'https://updates.example/latest.ipsw' });
      },
      loadRestoreImage: async (path) => {
        note('loadRestoreImage');
        await tick();
        return JSON.stringify({ ...this.image, url: `file://${path}` });
      },
      installRosetta: async () => {
        note('installRosetta');
        await tick();
        return 'null';
      },
      Machine: function (document: string, listener: (event: string) => void) {
        note('Machine');
        return makeMachine(document, listener);
        // A constructor in the type, since the addon's is a class.
      } as unknown as VzAddon['Machine'],
    };
  }

  /** Streams of this process in place of descriptors. */
  readonly descriptors: VzDescriptors = {
    openPair: () => this.openPair(),
    openTerminal: () => ({ descriptor: this.#number(), path: '/dev/ttys007' }),
    streamOf: (descriptor) => this.streamOf(descriptor),
    close: (descriptor) => {
      this.calls.push(`close ${descriptor}`);
    },
  };

  note(name: string): void {
    this.calls.push(name);
    const failure = this.failures.get(name);
    this.failures.delete(name);
    if (failure !== undefined) throw Object.assign(new Error(failure.message), failure);
  }

  openPair(): { here: number; there: number } {
    const [here, there] = duplexPair();
    return { here: this.keep(here), there: this.keep(there) };
  }

  keep(stream: Duplex): number {
    const number = this.#number();
    this.#streams.set(number, stream);
    return number;
  }

  streamOf(descriptor: number): Duplex {
    const stream = this.#streams.get(descriptor);
    if (stream === undefined) throw new Error(`There is no stream ${descriptor}.`);
    return stream;
  }

  #number(): number {
    this.#lastDescriptor += 1;
    return this.#lastDescriptor;
  }

  #createFile(name: string, request: string): void {
    this.note(name);
    writeFileSync((JSON.parse(request) as { path: string }).path, 'a store of the framework');
  }
}

/** One machine of the stand-in. */
export class MachineStandIn implements VzNativeMachine {
  readonly document: VzDocument;
  /** The other side of Tatin's serial port, as the guest has it. */
  readonly serial: Duplex | undefined;
  isClosed = false;
  /** Whether the guest obeys a request to shut down. */
  obeys = true;
  saveProblem: string | null = null;
  readonly #host: AddonStandIn;
  readonly #listener: (event: string) => void;
  #state: VzNativeState = 'stopped';
  readonly #cancelled = Promise.withResolvers<undefined>();

  constructor(host: AddonStandIn, document: VzDocument, listener: (event: string) => void) {
    this.#host = host;
    this.document = document;
    this.#listener = listener;
    const [port] = document.serialPorts;
    this.serial = port?.kind === 'descriptors' ? host.streamOf(port.reading) : undefined;
    host.machines.push(this);
  }

  saveRestoreProblem(): string | null {
    return this.saveProblem;
  }

  async start(options: string): Promise<string> {
    await this.#step('start', ['stopped', 'error'], ['starting', 'running']);
    this.serial?.write(`started ${options}\n`);
    return 'null';
  }

  stop(): Promise<string> {
    return this.#step('stop', ['running', 'paused', 'starting'], ['stopping', 'stopped']);
  }

  requestStop(): void {
    this.#host.note('requestStop');
    this.#need('running');
    if (this.obeys) setImmediate(() => this.guestStops());
  }

  pause(): Promise<string> {
    return this.#step('pause', ['running'], ['pausing', 'paused']);
  }

  resume(): Promise<string> {
    return this.#step('resume', ['paused'], ['resuming', 'running']);
  }

  async saveState(path: string): Promise<string> {
    await this.#step('saveState', ['paused'], ['saving', 'paused']);
    writeFileSync(path, 'saved');
    return 'null';
  }

  restoreState(path: string): Promise<string> {
    if (!existsSync(path)) throw new Error(`There is no ${path}.`);
    return this.#step('restoreState', ['stopped'], ['restoring', 'paused']);
  }

  async connect(port: number): Promise<string> {
    this.#host.note(`connect ${port}`);
    await tick();
    const { agent } = this.#host;
    if (agent === undefined) throw Object.assign(new Error('Refused'), { domain: 'NSPOSIXErrorDomain', code: 61 });
    const stream = agent();
    if ('connecting' in stream && stream.connecting === true) await once(stream, 'connect');
    return JSON.stringify({ descriptor: this.#host.keep(stream), connection: 1 });
  }

  letGoOfConnection(connection: number): void {
    this.#host.note(`letGoOfConnection ${connection}`);
  }

  async install(): Promise<string> {
    this.#host.note('install');
    this.#need('stopped');
    this.#become('running');
    this.tell({ event: 'installProgress', fraction: 0.5 });
    if (this.#host.waitsInstalling) await this.#cancelled.promise;
    await tick();
    this.#become('stopped');
    if (this.#host.waitsInstalling) throw Object.assign(new Error('Cancelled'), { domain: 'VZErrorDomain', code: 9 });
    this.tell({ event: 'installProgress', fraction: 1 });
    return 'null';
  }

  cancelInstall(): void {
    this.#host.note('cancelInstall');
    this.#cancelled.resolve(undefined);
  }

  showView(): void {
    this.#host.note('showView');
  }

  changeView(): void {
    this.#host.note('changeView');
  }

  focusView(): void {
    this.#host.note('focusView');
  }

  blurView(): void {
    this.#host.note('blurView');
  }

  closeView(): void {
    this.#host.note('closeView');
  }

  close(): void {
    this.#host.note('close');
    this.isClosed = true;
  }

  /** The guest turns itself off. */
  guestStops(): void {
    this.#become('stopped');
    this.tell({ event: 'guestStopped' });
  }

  /** The framework gives the guest up. */
  guestCrashes(message: string): void {
    this.#become('error');
    this.tell({ event: 'stoppedWithError', error: { message, domain: 'VZErrorDomain', code: 1 } });
  }

  tell(event: object): void {
    if (!this.isClosed) this.#listener(JSON.stringify(event));
  }

  async #step(name: string, from: VzNativeState[], [through, to]: [VzNativeState, VzNativeState]): Promise<string> {
    this.#host.note(name);
    this.#need(...from);
    this.#become(through);
    await tick();
    this.#become(to);
    return 'null';
  }

  #need(...states: VzNativeState[]): void {
    if (states.includes(this.#state)) return;
    const message = `Invalid virtual machine state transition from ${this.#state}.`;
    throw Object.assign(new Error(message), { domain: 'VZErrorDomain', code: 4 });
  }

  #become(state: VzNativeState): void {
    this.#state = state;
    this.tell({ event: 'state', state });
  }
}

function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
