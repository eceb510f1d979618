import path from 'node:path';
import { Emitter } from '../../contract/emitter.ts';
import type { ProcedureOutput } from '../../contract/contract.ts';
import { AppError } from '../../contract/errors.ts';
import type { Host } from '../../contract/host.ts';
import type { SupervisionStatus } from '../../contract/supervision.ts';
import type { Address, Usage, Vm } from '../../contract/machine.ts';
import { isAlive, type Verb } from '../../contract/verbs.ts';
import { ControlClient } from '../../guest/control-client.ts';
import type { GuestAgent } from '../../guest/guest-agent.ts';
import type { Log } from '../../host/log.ts';
import type { Driver, Machine, RunOptions } from '../../hypervisor/machine.ts';
import { tartFiles } from '../../library/layout.ts';
import type { Library, LibraryChange, LibraryWatch } from '../../library/library.ts';
import { addressQueryOf, type AddressOptions, waitForAddress } from './find-address.ts';
import { type MachineEntry, MachineRegistry, type RowChange } from './machine-registry.ts';
import { becomesFree, notSuspended, signalOwner, suspendElsewhere, turnOffElsewhere } from './other-programs.ts';
import { type Picture, Pictures } from './pictures.ts';
import { requireRunning, requireVerb, runsElsewhere } from './refusals.ts';

/** How a machine came to be off. */
export type StopOutcome = ProcedureOutput<'machines.stop'>['outcome'];

export type MachineChange = RowChange | { kind: 'replaced'; vms: Vm[]; error?: AppError };

const never = new AbortController().signal;

/**
 * All machines of the library with what they do now: what their folders say, joined with the processes behind those that
 * run, no matter who started them.
 */
export class MachineService {
  readonly #library: Library;
  readonly #driver: Driver;
  readonly #log: Log;
  readonly #pictures = new Pictures();
  readonly #known: MachineRegistry;
  readonly #changes = new Emitter<MachineChange>();
  #watch: LibraryWatch | undefined;
  /** Resolves when the watch has told of the whole list. */
  #ready: Promise<void> = Promise.resolve();
  /** Why the home can't be read, if so. */
  #lost: AppError | undefined;

  constructor({ library, driver, log }: { library: Library; driver: Driver; log: Log }) {
    this.#log = log;
    this.#library = library;
    this.#driver = driver;
    this.#known = new MachineRegistry({
      library,
      driver,
      pictures: this.#pictures,
      tell: (change) => this.#changes.emit(change),
    });
  }

  /** All VMs by name. @throws AppError `home-unavailable` */
  async list(): Promise<Vm[]> {
    if (this.#watch === undefined) await this.#known.replace(await this.#library.list());
    else await this.#ready;
    if (this.#watch !== undefined && this.#lost !== undefined) throw this.#lost;
    return this.#known.rows();
  }

  /** One VM, read anew. @throws AppError `vm-not-found` */
  async get(name: string): Promise<Vm> {
    return this.#known.row(await this.#known.refresh(name));
  }

  /** What this host can run, when somebody has found that out. */
  setGuests(guests: Host['guests']): void {
    this.#known.setGuests(guests);
  }

  /** How a machine is supervised, set by the supervisor; undefined: nothing is to be told. */
  setSupervision(name: string, supervision: SupervisionStatus | undefined): void {
    this.#known.setSupervision(name, supervision);
  }

  /**
   * Calls `listener` for every change until the returned function is called, and soon with the whole list if nobody
   * listened before. Disk and guests are watched only while there is a listener.
   */
  onChange(listener: (change: MachineChange) => void): () => void {
    const off = this.#changes.on(listener);
    if (this.#watch === undefined) this.#startWatching();
    return () => {
      off();
      if (this.#changes.listenerCount === 0) this.#stopWatching();
    };
  }

  #startWatching(): void {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#ready = promise;
    this.#known.wantAddresses(true);
    let tail: Promise<void> = Promise.resolve();
    const watch: LibraryWatch = this.#library.watch((change) => {
      // One after the other, so that an older look never overwrites a newer one.
      tail = tail
        .then(() => (this.#watch === watch ? this.#onLibraryChange(change) : undefined))
        .catch((error: unknown) => this.#log.error('A change on disk was not taken in', error))
        .finally(() => resolve(undefined));
    });
    this.#watch = watch;
  }

  #stopWatching(): void {
    this.#watch?.close();
    this.#watch = undefined;
    this.#known.wantAddresses(false);
  }

  async #onLibraryChange(change: LibraryChange): Promise<void> {
    if (change.kind === 'removed') this.#known.remove(change.name);
    else if (change.kind === 'changed') this.#known.tellRow(await this.#known.update(change.entry));
    else {
      this.#lost = change.error;
      await this.#known.replace(change.entries);
      const error = change.error === undefined ? {} : { error: change.error };
      this.#changes.emit({ kind: 'replaced', vms: this.#known.rows(), ...error });
    }
  }

  /** The machine behind a VM that runs. @throws AppError `vm-not-found`, `vm-not-running`, `not-allowed` if another program runs it */
  async running(name: string): Promise<Machine> {
    const known = await this.#known.refresh(name);
    if (known.machine !== undefined) return known.machine;
    if (known.entry.kind === 'machine' && known.entry.lockPid !== undefined) throw runsElsewhere(name);
    throw new AppError('vm-not-running', `${JSON.stringify(name)} does not run.`, { hint: 'Start it first.' });
  }

  /** The agent in the guest of a VM that runs, whichever program runs it. @throws AppError `vm-not-found`, `vm-not-running` */
  async agent(name: string): Promise<GuestAgent> {
    const { entry, machine } = await this.#known.refresh(name);
    await this.#library.touch(name);
    const { folder } = requireRunning(entry, machine);
    return machine?.agent ?? new ControlClient(path.join(folder, tartFiles.controlSocket));
  }

  /**
   * Starts a machine, or resumes it from its saved state; resolves when its CPUs run. A force stop calls it off as
   * `signal` does. @throws AppError with the reason
   */
  async start(name: string, options: RunOptions = {}, signal: AbortSignal = never): Promise<Machine> {
    const known = await this.#look(name, 'start');
    const isSuspended = known.entry.kind === 'machine' && known.entry.suspendedAt !== undefined;
    const controller = new AbortController();
    const phase = isSuspended ? 'restoring' : 'starting';
    known.starting = { state: { phase, since: new Date().toISOString() }, controller };
    this.#known.tellRow(known);
    try {
      await this.#library.touch(name);
      const machine = await this.#driver.start(
        known.entry.folder,
        options,
        AbortSignal.any([signal, controller.signal]),
      );
      delete known.starting;
      this.#known.adopt(known, machine);
      return known.machine ?? machine;
    } finally {
      delete known.starting;
      await this.#known.refreshAndTell(name);
    }
  }

  /** Asks the guest to shut down. */
  async shutDown(name: string): Promise<Vm> {
    const { machine } = await this.#look(name, 'shutDown');
    if (machine === undefined) signalOwner(this.#configPath(name), 'SIGUSR2');
    else {
      await this.#pictures.keepLast(machine);
      await machine.shutDown();
    }
    return await this.get(name);
  }

  /** Turns the machine off, as pulling the plug would, or calls its start off; resolves when it is off. */
  async forceStop(name: string, signal: AbortSignal = never): Promise<Vm> {
    const { machine, starting } = await this.#look(name, 'forceStop');
    if (machine !== undefined) {
      await this.#pictures.keepLast(machine);
      await machine.forceStop();
    } else if (starting !== undefined) starting.controller.abort(new AppError('cancelled', 'The start was cancelled.'));
    else await turnOffElsewhere(this.#configPath(name), signal);
    return await this.get(name);
  }

  /**
   * Asks the guest to shut down, and turns it off if it has not within the time; a suspended machine loses its saved state.
   * Resolves when it is off. @throws AppError `vm-not-running`
   */
  async stop(name: string, timeoutMs: number, signal: AbortSignal = never): Promise<StopOutcome> {
    const { entry } = await this.#known.refresh(name);
    await this.#library.touch(name);
    if (entry.kind === 'machine' && entry.lockPid === undefined && entry.suspendedAt !== undefined) {
      await this.#library.discardSavedState(name);
      return 'discarded';
    }
    if (timeoutMs > 0) {
      await this.shutDown(name);
      if (await becomesFree(this.#configPath(name), signal, timeoutMs)) return 'shut-down';
    }
    try {
      await this.forceStop(name, signal);
    } catch (error) {
      // It ended meanwhile, which is what was wanted.
      if (timeoutMs > 0 && AppError.from(error).code === 'vm-not-running') return 'shut-down';
      throw error;
    }
    return 'turned-off';
  }

  /** Saves the state and ends the process. */
  async suspend(name: string, signal: AbortSignal = never): Promise<Vm> {
    const { machine, entry } = await this.#look(name, 'suspend');
    const pid = entry.kind === 'machine' ? entry.lockPid : undefined;
    if (machine !== undefined) {
      await this.#pictures.keepLast(machine);
      await machine.suspend();
    } else await suspendElsewhere(this.#configPath(name), signal);
    await this.#library.touch(name);
    const vm = await this.get(name);
    if (machine === undefined && vm.kind === 'machine' && vm.state.phase !== 'suspended') throw notSuspended(pid ?? 0);
    return vm;
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
    await this.#look(name, verb);
    await request(await this.running(name));
    await this.#library.touch(name);
    return await this.get(name);
  }

  /** Throws the saved state away; the next start boots. */
  async discardSuspended(name: string): Promise<Vm> {
    await this.#look(name, 'discardSuspended');
    await this.#library.discardSavedState(name);
    return await this.get(name);
  }

  /** The screen now, or the last one that was kept; at most `maxWidth` pixels wide. */
  async picture(name: string, maxWidth: number): Promise<Picture | undefined> {
    const { machine, entry } = this.#known.find(name) ?? (await this.#known.refresh(name));
    if (machine === undefined || !isAlive(machine.state.phase))
      return await this.#pictures.last(entry.folder, maxWidth);
    try {
      return (await this.#pictures.take(machine, maxWidth)) ?? (await this.#pictures.last(entry.folder, maxWidth));
    } catch {
      // It ended between the question and the answer.
      return await this.#pictures.last(entry.folder, maxWidth);
    }
  }

  async usage(name: string): Promise<Usage[]> {
    return await (await this.running(name)).usage();
  }

  /** @throws AppError `no-address` with the reason, `vm-not-running` */
  async address(name: string, signal: AbortSignal, wanted: AddressOptions = {}): Promise<Address> {
    const { entry, machine } = await this.#known.refresh(name);
    await this.#library.touch(name);
    const query = addressQueryOf(requireRunning(entry, machine), machine);
    const address = await waitForAddress(query, wanted, signal);
    if (wanted.resolver === undefined) this.#known.setAddress(name, address);
    return address;
  }

  /** Lets go of everything; guests go on. */
  close(): void {
    this.#changes[Symbol.dispose]();
    this.#stopWatching();
    this.#known.close();
  }

  /** A VM that allows the verb now. @throws AppError `vm-not-found`, or why it does not */
  async #look(name: string, verb: Verb): Promise<MachineEntry> {
    const known = await this.#known.refresh(name);
    requireVerb(this.#known.row(known), verb);
    return known;
  }

  #configPath(name: string): string {
    return path.join(this.#library.home.vmFolder(name), tartFiles.config);
  }
}
