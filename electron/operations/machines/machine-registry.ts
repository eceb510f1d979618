import { isDeepStrictEqual } from 'node:util';
import type { Host } from '../../contract/host.ts';
import type { SupervisionStatus } from '../../contract/supervision.ts';
import type { Address, MachineState, Vm } from '../../contract/machine.ts';
import { isAlive } from '../../contract/verbs.ts';
import type { Driver, Machine } from '../../hypervisor/machine.ts';
import type { Library, LibraryEntry } from '../../library/library.ts';
import { AddressFinder } from './addresses.ts';
import { findAddress, addressQueryOf } from './find-address.ts';
import { rowOf, type RowFacts } from './machine-rows.ts';
import type { Pictures } from './pictures.ts';

/** A program that has just taken the lock may need this long until its socket answers, in milliseconds. */
const attachRetryMs = 400;
const attachTries = 20;

/** A start that is under way, before there is a machine to ask. */
interface Starting {
  readonly state: MachineState;
  readonly controller: AbortController;
}

/** A look for the machine behind one holder of the lock. */
interface Attempt {
  readonly lockPid: number;
  /** Resolves when the first try is over; further ones go on behind. */
  first: Promise<void>;
}

export interface MachineEntry {
  entry: LibraryEntry;
  facts: RowFacts;
  machine?: Machine;
  starting?: Starting;
  attempt?: Attempt;
}

export type RowChange = { kind: 'changed'; vm: Vm } | { kind: 'removed'; name: string };

/**
 * What is known of each VM: its folder, the machine behind it if one runs, and what was asked of either. All of it is
 * found out again whenever it is needed anew.
 */
export class MachineRegistry {
  readonly #library: Library;
  readonly #driver: Driver;
  readonly #pictures: Pictures;
  readonly #tell: (change: RowChange) => void;
  readonly #known = new Map<string, MachineEntry>();
  readonly #addresses: AddressFinder;
  /** Of machines that may not be known yet. */
  readonly #supervision = new Map<string, SupervisionStatus>();
  #wantsAddresses = false;
  /** Why this host can't run a kind of guest, by `os/arch`; empty until the driver has found out. */
  #notRunnable: ReadonlyMap<string, string> = new Map();

  constructor(rooms: { library: Library; driver: Driver; pictures: Pictures; tell: (change: RowChange) => void }) {
    this.#library = rooms.library;
    this.#driver = rooms.driver;
    this.#pictures = rooms.pictures;
    this.#tell = rooms.tell;
    this.#addresses = new AddressFinder(
      (name, address) => this.setAddress(name, address),
      (name, machine, signal) => {
        const entry = this.#known.get(name)?.entry;
        return entry?.kind !== 'machine'
          ? machine.agent.address(signal)
          : findAddress(addressQueryOf(entry, machine), signal);
      },
    );
  }

  /** All rows by name. */
  rows(): Vm[] {
    return [...this.#known.values()].map((known) => this.row(known)).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  row({ entry, facts, starting, machine }: MachineEntry): Vm {
    const kind = entry.kind === 'machine' ? `${entry.config.os}/${entry.config.arch}` : '';
    return rowOf(entry, {
      ...facts,
      state: starting?.state ?? machine?.state,
      survivesApp: starting === undefined && machine === undefined ? undefined : this.#driver.survivesApp,
      notRunnable: this.#notRunnable.get(kind),
    });
  }

  /** Takes in what this host can run, and tells of the rows that look different now. */
  setGuests(guests: Host['guests']): void {
    const before = this.#notRunnable;
    this.#notRunnable = new Map(
      guests.flatMap(({ os, arch, notAvailable }) =>
        notAvailable === undefined ? [] : [[`${os}/${arch}`, notAvailable] as const],
      ),
    );
    for (const known of this.#known.values()) {
      if (known.entry.kind === 'unreadable') continue;
      const kind = `${known.entry.config.os}/${known.entry.config.arch}`;
      if (before.get(kind) !== this.#notRunnable.get(kind)) this.tellRow(known);
    }
  }

  /** What was last seen of a VM, without looking. */
  find(name: string): MachineEntry | undefined {
    return this.#known.get(name);
  }

  /** Reads the folder again, and gets a hold of the machine if one runs. @throws AppError `vm-not-found` */
  async refresh(name: string): Promise<MachineEntry> {
    const entry = this.#library.inspector.inspect(name, this.#library.home.vmFolder(name));
    if (entry === undefined) {
      this.remove(name);
      await this.#library.get(name);
    }
    const known = await this.update(entry ?? (await this.#library.get(name)));
    await known.attempt?.first;
    return known;
  }

  /** As {@link refresh}, and tells of the row; a VM that is gone is reported by the watcher of the disk. */
  async refreshAndTell(name: string): Promise<void> {
    const known = await this.refresh(name).catch(() => undefined);
    if (known !== undefined) this.tellRow(known);
  }

  /** Takes in the whole library; what is not in it is forgotten. */
  async replace(entries: readonly LibraryEntry[]): Promise<void> {
    // Finding out may take a probe of seconds, and the list need not wait for it.
    this.#driver.guests().then(
      (guests) => this.setGuests(guests),
      () => undefined,
    );
    const names = new Set(entries.map(({ name }) => name));
    for (const name of [...this.#known.keys()].filter((known) => !names.has(known))) this.remove(name);
    const taken = await Promise.all(entries.map((entry) => this.update(entry)));
    for (const { attempt } of taken) await attempt?.first;
  }

  /** Takes in what a folder says, and begins to look for the machine behind its lock. */
  async update(entry: LibraryEntry): Promise<MachineEntry> {
    const known: MachineEntry = this.#known.get(entry.name) ?? { entry, facts: {} };
    known.entry = entry;
    this.#known.set(entry.name, known);
    if (entry.kind === 'unreadable') return known;
    await this.#pictures.look(entry.folder);
    const isHeld = known.machine !== undefined || known.starting !== undefined;
    known.facts = {
      lastFailure: isHeld ? undefined : await this.#driver.lastFailure(entry.folder).catch(() => undefined),
      address: known.facts.address,
      supervision: this.#supervision.get(entry.name),
      pictureVersion: this.#pictures.version(entry.folder),
      lockedSince: entry.lockPid === undefined ? undefined : (known.facts.lockedSince ?? new Date()),
    };
    this.#beginAttach(known);
    return known;
  }

  #beginAttach(known: MachineEntry): void {
    const { entry, machine, starting, attempt } = known;
    const lockPid = entry.kind === 'machine' ? entry.lockPid : undefined;
    if (lockPid === undefined) delete known.attempt;
    else if (machine === undefined && starting === undefined && attempt?.lockPid !== lockPid) {
      const begun: Attempt = { lockPid, first: Promise.resolve() };
      known.attempt = begun;
      begun.first = this.#tryAttach(known, begun, attachTries);
    }
  }

  async #tryAttach(known: MachineEntry, attempt: Attempt, triesLeft: number): Promise<void> {
    const machine = await this.#driver.attach(known.entry.folder).catch(() => undefined);
    const isCurrent = known.attempt === attempt && this.#known.get(known.entry.name) === known;
    if (!isCurrent || known.machine !== undefined) machine?.detach();
    else if (machine !== undefined) {
      this.adopt(known, machine);
      this.tellRow(known);
    } else if (triesLeft > 0)
      setTimeout(() => void this.#tryAttach(known, attempt, triesLeft - 1), attachRetryMs).unref();
  }

  /** Makes a machine the one behind the VM. */
  adopt(known: MachineEntry, machine: Machine): void {
    if (known.machine !== undefined) {
      machine.detach();
      return;
    }
    known.machine = machine;
    const off = machine.onState((state) => {
      if (known.machine !== machine) off();
      else this.#onState(known, machine, state);
    });
    this.#onState(known, machine, machine.state);
  }

  #onState(known: MachineEntry, machine: Machine, state: MachineState): void {
    const { name } = known.entry;
    if (isAlive(state.phase)) {
      if (state.phase === 'running' && this.#wantsAddresses) this.#addresses.follow(name, machine);
      this.tellRow(known);
      return;
    }
    // The process is gone: from here on the folder says what is true.
    this.#letGo(known);
    void this.refreshAndTell(name);
  }

  #letGo(known: MachineEntry): void {
    this.#addresses.stop(known.entry.name);
    known.machine?.detach();
    delete known.machine;
    delete known.attempt;
    known.facts = { ...known.facts, address: undefined };
  }

  /** Whether guests are asked for their addresses, again and again; asked for while somebody looks. */
  wantAddresses(wanted: boolean): void {
    this.#wantsAddresses = wanted;
    if (!wanted) this.#addresses.stopAll();
    else
      for (const { entry, machine } of this.#known.values())
        if (machine?.state.phase === 'running') this.#addresses.follow(entry.name, machine);
  }

  setAddress(name: string, address: Address): void {
    const known = this.#known.get(name);
    const before = known?.facts.address;
    if (known === undefined || (before?.ip === address.ip && before.source === address.source)) return;
    known.facts = { ...known.facts, address };
    this.tellRow(known);
  }

  /** Takes in how a machine is looked after; undefined: nothing is to be told. */
  setSupervision(name: string, supervision: SupervisionStatus | undefined): void {
    if (supervision === undefined) this.#supervision.delete(name);
    else this.#supervision.set(name, supervision);
    const known = this.#known.get(name);
    if (known === undefined || isDeepStrictEqual(known.facts.supervision, supervision)) return;
    known.facts = { ...known.facts, supervision };
    this.tellRow(known);
  }

  remove(name: string): void {
    const known = this.#known.get(name);
    if (known === undefined) return;
    this.#letGo(known);
    this.#pictures.forget(known.entry.folder);
    this.#known.delete(name);
    this.#tell({ kind: 'removed', name });
  }

  tellRow(known: MachineEntry): void {
    if (this.#known.get(known.entry.name) === known) this.#tell({ kind: 'changed', vm: this.row(known) });
  }

  /** Lets go of all machines, which go on. */
  close(): void {
    this.#addresses.stopAll();
    for (const { machine } of this.#known.values()) machine?.detach();
    this.#known.clear();
  }
}
