import { mkdirSync, openSync, closeSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import type { MachineVm, Vm } from '../contract/machine.ts';
import { isAlive } from '../contract/verbs.ts';
import type { Log } from '../host/log.ts';
import { flock } from '../host/posix.ts';
import { noteEvent, readEvents } from '../library/vm-events.ts';
import type { MachineService } from './machine-service.ts';
import { pauseBefore, reasonToRestart, steadyMs } from './restart-rule.ts';

/** How often a Tatin that does not supervise asks whether the one that did has ended, in milliseconds. */
const takeOverMs = 15_000;

/** What is kept of a machine while it is looked after. */
interface Ward {
  /** Attempts in a row. */
  attempts: number;
  aliveSince: number | undefined;
  timer: NodeJS.Timeout | undefined;
  /** A look at it is under way. */
  isBusy: boolean;
}

/**
 * Looks after machines that are to run for long: starts those that start with Tatin, and starts again what fails, as each
 * machine's policy says. Of several Tatins of one user, the first does it, and another takes over when that one ends.
 */
export class Supervisor implements Disposable {
  readonly #machines: MachineService;
  readonly #log: Log;
  readonly #lockFile: string;
  readonly #wards = new Map<string, Ward>();
  readonly #pauseBefore: (attempt: number) => number;
  #descriptor: number | undefined;
  #takeOver: NodeJS.Timeout | undefined;
  #stop: (() => void) | undefined;
  #isClosed = false;
  #startsAll = true;

  /** @param stateFolder holds the lock that only one of several Tatins has */
  constructor(rooms: { machines: MachineService; log: Log; stateFolder: string; pauseBefore?: typeof pauseBefore }) {
    this.#machines = rooms.machines;
    this.#log = rooms.log;
    this.#lockFile = path.join(rooms.stateFolder, 'supervisor.lock');
    this.#pauseBefore = rooms.pauseBefore ?? pauseBefore;
    this.#begin();
  }

  /** Whether it is this Tatin that looks after machines. */
  get isInCharge(): boolean {
    return this.#stop !== undefined;
  }

  #begin(): void {
    if (this.#isClosed || !this.#takeLock()) {
      if (!this.#isClosed) this.#takeOver = setTimeout(() => this.#begin(), takeOverMs).unref();
      return;
    }
    this.#stop = this.#machines.onChange((change) => {
      if (change.kind === 'removed') this.#forget(change.name);
      else if (change.kind === 'changed') this.#look(change.vm);
      else for (const vm of change.vms) this.#look(vm);
      // Only what is there at the beginning starts with Tatin; what is made later, a person starts.
      if (change.kind === 'replaced' && change.error === undefined) this.#startsAll = false;
    });
  }

  #takeLock(): boolean {
    try {
      mkdirSync(path.dirname(this.#lockFile), { recursive: true, mode: 0o700 });
      const descriptor = openSync(this.#lockFile, 'a', 0o600);
      if (flock(descriptor, 'exclusive')) {
        this.#descriptor = descriptor;
        return true;
      }
      closeSync(descriptor);
    } catch (error) {
      this.#log.warn('Machines are not looked after, because the lock for that can’t be had', error);
    }
    return false;
  }

  #look(vm: Vm): void {
    if (vm.kind === 'unreadable') return;
    const ward = this.#wards.get(vm.name) ?? { attempts: 0, aliveSince: undefined, timer: undefined, isBusy: false };
    this.#wards.set(vm.name, ward);
    if (isAlive(vm.state.phase)) {
      ward.aliveSince ??= Date.now();
      this.#callOff(ward);
      return;
    }
    if (ward.aliveSince !== undefined && Date.now() - ward.aliveSince >= steadyMs) ward.attempts = 0;
    ward.aliveSince = undefined;
    if (this.#startsAll && vm.annotations.autostart) this.#plan(vm, ward, 'It starts with Tatin.', 0);
    else if (!ward.isBusy && ward.timer === undefined) void this.#judge(vm, ward);
  }

  async #judge(vm: MachineVm, ward: Ward): Promise<void> {
    ward.isBusy = true;
    try {
      const [last] = await readEvents(vm.folder, 1);
      const reason = reasonToRestart(vm, last);
      if (reason === undefined || this.#isClosed || ward.timer !== undefined) return;
      ward.attempts += 1;
      this.#plan(vm, ward, reason, this.#pauseBefore(ward.attempts));
    } finally {
      ward.isBusy = false;
    }
  }

  #plan({ name }: MachineVm, ward: Ward, reason: string, afterMs: number): void {
    if (ward.timer !== undefined) return;
    ward.timer = setTimeout(() => void this.#startNow(name, ward, reason), afterMs).unref();
  }

  /** Somebody may have started, changed or deleted it while it waited. */
  async #startNow(name: string, ward: Ward, reason: string): Promise<void> {
    let retryFor: string | undefined;
    try {
      const vm = await this.#machines.get(name);
      const isWanted = vm.kind === 'machine' && !isAlive(vm.state.phase) && this.#stillWants(vm, ward);
      if (!isWanted || this.#isClosed) return;
      if (ward.attempts > 0) await noteEvent(vm.folder, { kind: 'restarting', reason, attempt: ward.attempts });
      this.#log.info(`Starting ${name}: ${reason}`);
      await this.#machines.start(name);
    } catch (error) {
      this.#log.warn(`${name} was not started`, error);
      retryFor = AppError.from(error).message;
    } finally {
      ward.timer = undefined;
      await this.#lookAgain(name, ward, retryFor);
    }
  }

  /** A start that failed leaves no state of its own; and what happened while it was at work was not looked at. */
  async #lookAgain(name: string, ward: Ward, retryFor: string | undefined): Promise<void> {
    const vm = await this.#machines.get(name).catch(() => undefined);
    if (vm?.kind !== 'machine' || this.#isClosed) return;
    const isAtRest = !isAlive(vm.state.phase);
    if (retryFor === undefined || !isAtRest || vm.annotations.restart === 'never') {
      this.#look(vm);
      return;
    }
    await noteEvent(vm.folder, { kind: 'failed', reason: retryFor });
    ward.attempts += 1;
    this.#plan(vm, ward, retryFor, this.#pauseBefore(ward.attempts));
  }

  #stillWants({ annotations }: MachineVm, ward: Ward): boolean {
    return ward.attempts === 0 ? annotations.autostart : annotations.restart !== 'never';
  }

  #callOff(ward: Ward): void {
    clearTimeout(ward.timer);
    ward.timer = undefined;
  }

  #forget(name: string): void {
    const ward = this.#wards.get(name);
    if (ward !== undefined) this.#callOff(ward);
    this.#wards.delete(name);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearTimeout(this.#takeOver);
    this.#stop?.();
    this.#stop = undefined;
    for (const ward of this.#wards.values()) this.#callOff(ward);
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
