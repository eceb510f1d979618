import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import type { Address, MachineState, Usage, Vm } from '../contract/machine.ts';
import { allowedVerbs, isAlive, type Verb } from '../contract/verbs.ts';
import type { Driver, Machine, RunOptions } from '../hypervisor/machine.ts';
import { tartFiles } from '../library/layout.ts';
import type { Library, LibraryChange, LibraryEntry, LibraryWatch } from '../library/library.ts';
import { AddressFinder } from './addresses.ts';
import { rowOf, type RowFacts } from './machine-rows.ts';
import { signalOwner, turnOffElsewhere } from './other-programs.ts';
import { type Picture, Pictures } from './pictures.ts';

export type MachineChange =
  { kind: 'changed'; vm: Vm } | { kind: 'removed'; name: string } | { kind: 'replaced'; vms: Vm[]; error?: AppError };

/** A program that has just taken the lock may need this long until its socket answers, in milliseconds. */
const attachRetryMs = 400;
const attachTries = 20;

interface Known {
  entry: LibraryEntry;
  facts: RowFacts;
  machine?: Machine;
  /** A start or an end that this process is about, before or after there is a machine to ask. */
  pending?: MachineState;
  attaching?: Promise<void>;
}

/**
 * All machines of the library with what they do now: what their folders say, joined with the processes behind those that
 * run, whoever started them. Nothing is remembered that could be asked again.
 */
export class MachineService {
  readonly #library: Library;
  readonly #driver: Driver;
  readonly #pictures = new Pictures();
  readonly #addresses: AddressFinder;
  readonly #known = new Map<string, Known>();
  readonly #listeners = new Set<(change: MachineChange) => void>();
  #watch: LibraryWatch | undefined;
  #ready: Promise<void> | undefined;
  #lost: AppError | undefined;
  /** Why this host can't run a kind of guest, by `os/arch`. */
  #notRunnable: Promise<Map<string, string>> | undefined;

  constructor(options: { library: Library; driver: Driver }) {
    this.#library = options.library;
    this.#driver = options.driver;
    this.#addresses = new AddressFinder((name, address) => this.#learn(name, { address }));
  }

  /** All VMs by name. @throws AppError `home-unavailable` */
  async list(): Promise<Vm[]> {
    if (this.#watch !== undefined) {
      await this.#ready;
      if (this.#lost !== undefined) throw this.#lost;
      return this.#rows();
    }
    const entries = await this.#library.list();
    await this.#replace(entries);
    return this.#rows();
  }

  #rows(): Vm[] {
    const names = [...this.#known.keys()].sort((a, b) => (a < b ? -1 : 1));
    return names.flatMap((name) => this.#known.get(name) ?? []).map((known) => this.#row(known));
  }

  #row(known: Known): Vm {
    const state = known.pending ?? known.machine?.state;
    return rowOf(known.entry, { ...known.facts, ...(state === undefined ? {} : { state }) });
  }

  /** One VM, read anew. @throws AppError `vm-not-found` */
  async get(name: string): Promise<Vm> {
    return this.#row(await this.#look(name));
  }

  /** Reads the folder again, and gets a hold of the machine if one runs. */
  async #look(name: string): Promise<Known> {
    const entry = await this.#entry(name);
    const known = await this.#take(entry);
    await known.attaching;
    return known;
  }

  async #entry(name: string): Promise<LibraryEntry> {
    const entry = this.#library.inspector.inspect(name, this.#library.home.vmFolder(name));
    if (entry !== undefined) return entry;
    this.#drop(name);
    return await this.#library.get(name);
  }

  /** Calls `listener` for every change until the returned function is called. The disk is watched while there is a listener. */
  onChange(listener: (change: MachineChange) => void): () => void {
    this.#listeners.add(listener);
    if (this.#watch === undefined) this.#startWatching();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stopWatching();
    };
  }

  #startWatching(): void {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#ready = promise;
    let tail: Promise<void> = Promise.resolve();
    this.#watch = this.#library.watch((change) => {
      // One after the other, so that an older look never overwrites a newer one.
      tail = tail
        .then(() => this.#onLibraryChange(change))
        .then(() => {
          resolve(undefined);
        });
    });
  }

  #stopWatching(): void {
    this.#watch?.close();
    this.#watch = undefined;
    this.#addresses.stopAll();
  }

  async #onLibraryChange(change: LibraryChange): Promise<void> {
    if (change.kind === 'removed') this.#drop(change.name);
    else if (change.kind === 'changed') this.#tellRow(await this.#take(change.entry));
    else await this.#onReplaced(change);
  }

  async #onReplaced(change: Extract<LibraryChange, { kind: 'replaced' }>): Promise<void> {
    this.#lost = change.error;
    await this.#replace(change.entries);
    this.#tell({ kind: 'replaced', vms: this.#rows(), ...(change.error === undefined ? {} : { error: change.error }) });
  }

  async #replace(entries: readonly LibraryEntry[]): Promise<void> {
    const names = new Set(entries.map(({ name }) => name));
    for (const name of [...this.#known.keys()].filter((known) => !names.has(known))) this.#drop(name);
    const taken = await Promise.all(entries.map((entry) => this.#take(entry)));
    for (const { attaching } of taken) await attaching;
  }

  /** Takes in what a folder says, and starts to look for the machine behind a lock. */
  async #take(entry: LibraryEntry): Promise<Known> {
    const known: Known = this.#known.get(entry.name) ?? { entry, facts: {} };
    known.entry = entry;
    this.#known.set(entry.name, known);
    if (entry.kind === 'unreadable') return known;
    await this.#pictures.look(entry.folder);
    const isAliveHere = known.machine !== undefined || known.pending !== undefined;
    const lastFailure = isAliveHere ? undefined : await this.#driver.lastFailure(entry.folder);
    known.facts = {
      lastFailure,
      notRunnable: (await this.#whyNotRunnable()).get(`${entry.config.os}/${entry.config.arch}`),
      address: known.facts.address,
      pictureVersion: this.#pictures.version(entry.folder),
      lockedSince: entry.lockPid === undefined ? undefined : (known.facts.lockedSince ?? new Date()),
    };
    if (entry.lockPid !== undefined && !isAliveHere) known.attaching ??= this.#attach(entry.name, known);
    return known;
  }

  async #whyNotRunnable(): Promise<Map<string, string>> {
    this.#notRunnable ??= this.#driver
      .guests()
      .then(
        (guests) =>
          new Map(
            guests.flatMap(({ os, arch, notAvailable }) =>
              notAvailable === undefined ? [] : [[`${os}/${arch}`, notAvailable] as const],
            ),
          ),
      );
    return await this.#notRunnable;
  }

  /** Gets a hold of the machine behind a lock. What does not answer at first is tried again in the background. */
  async #attach(name: string, known: Known): Promise<void> {
    const machine = await this.#driver.attach(known.entry.folder).catch(() => undefined);
    delete known.attaching;
    if (machine !== undefined) this.#adopt(name, known, machine);
    else this.#attachLater(name, attachTries);
  }

  #attachLater(name: string, triesLeft: number): void {
    if (triesLeft === 0) return;
    const again = async (): Promise<void> => {
      const known = this.#known.get(name);
      if (known?.entry.kind !== 'machine' || known.machine !== undefined || known.pending !== undefined) return;
      if (known.entry.lockPid === undefined) return;
      const machine = await this.#driver.attach(known.entry.folder).catch(() => undefined);
      if (machine === undefined) {
        this.#attachLater(name, triesLeft - 1);
        return;
      }
      this.#adopt(name, known, machine);
      this.#tellRow(known);
    };
    setTimeout(() => void again(), attachRetryMs).unref();
  }

  #adopt(name: string, known: Known, machine: Machine): void {
    if (known.machine !== undefined) {
      machine.detach();
      return;
    }
    known.machine = machine;
    const off = machine.onState((state) => {
      if (isAlive(state.phase)) this.#tellRow(known);
      else off();
      this.#afterState(name, known, machine, state);
    });
    this.#afterState(name, known, machine, machine.state);
  }

  #afterState(name: string, known: Known, machine: Machine, state: MachineState): void {
    if (state.phase === 'running') {
      if (this.#watch !== undefined) this.#addresses.follow(name, machine);
      return;
    }
    if (isAlive(state.phase)) return;
    // The process is gone: from here on the folder says what is true.
    this.#addresses.stop(name);
    machine.detach();
    delete known.machine;
    known.facts = { ...known.facts, address: undefined };
    void this.#lookAndTell(name);
  }

  async #lookAndTell(name: string): Promise<void> {
    try {
      this.#tellRow(await this.#look(name));
    } catch {
      // Deleted meanwhile; the watch tells of that.
    }
  }

  /** The machine behind a VM that runs. @throws AppError `vm-not-found`, `vm-not-running`, `not-allowed` if another program runs it */
  async running(name: string): Promise<Machine> {
    const known = await this.#look(name);
    if (known.machine !== undefined) return known.machine;
    if (known.entry.kind === 'machine' && known.entry.lockPid !== undefined)
      throw new AppError(
        'not-allowed',
        `${JSON.stringify(name)} is run by another program (process ${known.entry.lockPid}).`,
        {
          hint: 'It can be shut down from here, but not shown.',
        },
      );
    throw new AppError('vm-not-running', `${JSON.stringify(name)} does not run.`, { hint: 'Start it first.' });
  }

  /** Starts a machine, or resumes it from its saved state. @throws AppError with the reason */
  async start(
    name: string,
    options: RunOptions = {},
    signal: AbortSignal = new AbortController().signal,
  ): Promise<Machine> {
    const known = await this.#look(name);
    this.#require(known, 'start');
    const isSuspended = known.entry.kind === 'machine' && known.entry.suspendedAt !== undefined;
    known.pending = { phase: isSuspended ? 'restoring' : 'starting', since: new Date().toISOString() };
    known.facts = { ...known.facts, lastFailure: undefined };
    this.#tellRow(known);
    try {
      await this.#library.touch(name);
      const machine = await this.#driver.start(known.entry.folder, options, signal);
      delete known.pending;
      this.#adopt(name, known, machine);
      return known.machine ?? machine;
    } finally {
      delete known.pending;
      await this.#lookAndTell(name);
    }
  }

  /** Asks the guest to shut down. */
  async shutDown(name: string): Promise<Vm> {
    const known = await this.#look(name);
    this.#require(known, 'shutDown');
    if (known.machine === undefined) signalOwner(this.#configPath(name), 'SIGUSR2');
    else {
      await this.#pictures.keepLast(known.machine);
      await known.machine.shutDown();
    }
    return await this.get(name);
  }

  /** Turns the machine off, as pulling the plug would. */
  async forceStop(name: string, signal: AbortSignal): Promise<Vm> {
    const known = await this.#look(name);
    this.#require(known, 'forceStop');
    if (known.machine === undefined) await turnOffElsewhere(this.#configPath(name), signal);
    else {
      await this.#pictures.keepLast(known.machine);
      await known.machine.forceStop();
    }
    return await this.get(name);
  }

  /** Saves the state and ends the process. */
  async suspend(name: string): Promise<Vm> {
    const known = await this.#look(name);
    this.#require(known, 'suspend');
    const machine = await this.running(name);
    await this.#pictures.keepLast(machine);
    await machine.suspend();
    return await this.get(name);
  }

  async pause(name: string): Promise<Vm> {
    return await this.#ask(name, 'pause', (machine) => machine.pause());
  }

  async resume(name: string): Promise<Vm> {
    return await this.#ask(name, 'resume', (machine) => machine.resume());
  }

  async reset(name: string): Promise<Vm> {
    return await this.#ask(name, 'reset', (machine) => machine.reset());
  }

  async #ask(name: string, verb: Verb, request: (machine: Machine) => Promise<void>): Promise<Vm> {
    const known = await this.#look(name);
    this.#require(known, verb);
    await request(await this.running(name));
    return await this.get(name);
  }

  /** Throws the saved state away; the next start boots. */
  async discardSuspended(name: string): Promise<Vm> {
    this.#require(await this.#look(name), 'discardSuspended');
    await this.#library.discardSavedState(name);
    return await this.get(name);
  }

  /** The screen now, or the last one that was kept. */
  async picture(name: string, maxWidth: number): Promise<Picture | undefined> {
    const known = this.#known.get(name) ?? (await this.#look(name));
    const { machine, entry } = known;
    if (machine === undefined || !isAlive(machine.state.phase)) return await this.#pictures.last(entry.folder);
    try {
      return (await this.#pictures.take(machine, maxWidth)) ?? (await this.#pictures.last(entry.folder));
    } catch {
      // It ended between the question and the answer.
      return await this.#pictures.last(entry.folder);
    }
  }

  async usage(name: string): Promise<Usage[]> {
    return await (await this.running(name)).usage();
  }

  /** @throws AppError `no-address` with the reason, `vm-not-running` */
  async address(name: string, signal: AbortSignal): Promise<Address> {
    const machine = await this.running(name);
    const address = await machine.agent.address(signal);
    this.#learn(name, { address });
    return address;
  }

  /** Lets go of everything; guests go on. */
  close(): void {
    this.#listeners.clear();
    this.#stopWatching();
    for (const { machine } of this.#known.values()) machine?.detach();
    this.#known.clear();
  }

  #configPath(name: string): string {
    return path.join(this.#library.home.vmFolder(name), tartFiles.config);
  }

  #require(known: Known, verb: Verb): void {
    const vm = this.#row(known);
    if (allowedVerbs(vm).has(verb)) return;
    throw whyNot(vm, verb);
  }

  #learn(name: string, facts: Partial<RowFacts>): void {
    const known = this.#known.get(name);
    if (known === undefined) return;
    known.facts = { ...known.facts, ...facts };
    this.#tellRow(known);
  }

  #drop(name: string): void {
    const known = this.#known.get(name);
    if (known === undefined) return;
    this.#addresses.stop(name);
    known.machine?.detach();
    this.#pictures.forget(known.entry.folder);
    this.#known.delete(name);
    this.#tell({ kind: 'removed', name });
  }

  #tellRow(known: Known): void {
    if (this.#known.get(known.entry.name) === known) this.#tell({ kind: 'changed', vm: this.#row(known) });
  }

  #tell(change: MachineChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

const verbWords: Partial<Record<Verb, string>> = {
  start: 'started',
  pause: 'paused',
  resume: 'resumed',
  suspend: 'suspended',
  shutDown: 'shut down',
  forceStop: 'stopped',
  reset: 'reset',
  discardSuspended: 'relieved of a saved state',
};

function whyNot(vm: Vm, verb: Verb): AppError {
  const name = JSON.stringify(vm.name);
  if (vm.kind === 'unreadable')
    return new AppError('vm-unreadable', `${name} can’t be used: ${vm.reason}.`, {
      hint: `Repair the files in ${vm.folder}.`,
    });
  const alive = isAlive(vm.state.phase);
  if (verb === 'start' && alive) return new AppError('vm-running', `${name} already runs.`);
  if (verb === 'start' && vm.notRunnable !== undefined)
    return new AppError('not-supported', `${name} can’t run here: ${vm.notRunnable}`);
  if (!alive && verb !== 'discardSuspended') return new AppError('vm-not-running', `${name} does not run.`);
  return new AppError(
    'state-not-allowed',
    `${name} is ${vm.state.phase}, so it can’t be ${verbWords[verb] ?? 'changed'} now.`,
  );
}
