import { closeSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { HealthSettings } from '../../contract/supervision.ts';
import type { MachineVm, Vm } from '../../contract/machine.ts';
import type { Log } from '../../host/log.ts';
import { flock } from '../../files/posix.ts';
import type { Home } from '../../library/home.ts';
import { type Clock, systemClock } from '../../host/clock.ts';
import { supervisionFile } from '../../supervision/supervision-file.ts';
import type { Look } from '../../supervision/health-rule.ts';
import { probe } from '../../supervision/probe.ts';
import { pauseBefore } from '../../supervision/restart-rule.ts';
import { routeTo } from '../../supervision/route.ts';
import { HealthWatch } from './health-watch.ts';
import { SupervisionState } from './supervision-state.ts';
import type { MachineService } from '../machines/machine-service.ts';
import { Restarts } from './restarts.ts';
import { Scheduler } from './scheduler.ts';
import { turnOff } from '../machines/turn-off.ts';
import { openToWriteSync } from '../../files/bounded-file.ts';

/** How often a Tatin that does not supervise asks whether the one that did has ended, in milliseconds. */
const takeOverMs = 15_000;

/**
 * Looks after machines that are to run for long: starts those that start with Tatin, and starts again what fails, as each
 * machine's policy says, checks their health and keeps their schedules. Of several Tatins with one home, the first does it, and another takes over when that one ends;
 * all of them know how the machines stand.
 */
export class Supervisor implements AsyncDisposable {
  readonly #machines: MachineService;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #lockFile: string;
  readonly #board: SupervisionState;
  readonly #restarts: Restarts;
  readonly #health: HealthWatch;
  readonly #schedules: Scheduler;
  #descriptor: number | undefined;
  #cancelTakeOver: (() => void) | undefined;
  #stop: (() => void) | undefined;
  #isClosed = false;
  #startsAll = true;

  /** The home's cache holds the lock that only one of several Tatins has. */
  constructor(rooms: {
    machines: MachineService;
    log: Log;
    home: Home;
    /** Whether each guest's NAT is its own, so that no address leads into it. Default: as on this platform. */
    hasOwnNat?: boolean;
    clock?: Clock;
    pauseBefore?: typeof pauseBefore;
    /** Of schedules; default: the host's. */
    timeZone?: string;
    /** Default: asks the guest. */
    check?: (vm: MachineVm, settings: HealthSettings) => Promise<Look>;
  }) {
    const { machines, log, home, clock = systemClock } = rooms;
    const { hasOwnNat = process.platform !== 'darwin' } = rooms;
    this.#machines = machines;
    this.#log = log;
    this.#clock = clock;
    const file = supervisionFile(home.cache);
    this.#lockFile = path.join(path.dirname(file), 'supervision.lock');
    const tell: ConstructorParameters<typeof SupervisionState>[0]['tell'] = (name, supervision) =>
      machines.setSupervision(name, supervision);
    this.#board = new SupervisionState({ file, clock, log, tell });
    this.#restarts = new Restarts({
      ...{ machines, board: this.#board, clock, log },
      pauseBefore: rooms.pauseBefore ?? pauseBefore,
    });
    this.#health = new HealthWatch({
      ...{ board: this.#board, clock },
      check: rooms.check ?? ((vm, settings) => checkGuest(machines, hasOwnNat, vm, settings)),
      onUnhealthy: (vm, reason) => {
        const off = (): Promise<void> => turnOff(vm, { machines, clock });
        return this.#restarts.turnOffAndOn(vm, reason, off);
      },
    });
    this.#schedules = new Scheduler({ machines, board: this.#board, clock, log, timeZone: rooms.timeZone });
    if (!this.#begin()) this.#board.follow();
  }

  /** Whether it is this Tatin that looks after machines. */
  get isInCharge(): boolean {
    return this.#stop !== undefined;
  }

  #begin(): boolean {
    if (this.#isClosed) return false;
    if (!this.#takeLock()) {
      this.#cancelTakeOver = this.#clock.after(takeOverMs, () => void this.#begin());
      return false;
    }
    this.#board.lead();
    this.#schedules.begin();
    this.#stop = this.#machines.onChange((change) => {
      if (change.kind === 'removed') this.#forget(change.name);
      else if (change.kind === 'changed') this.#look(change.vm);
      else for (const vm of change.vms) this.#look(vm);
      // Only what is there at the beginning starts with Tatin; what is made later, a person starts.
      if (change.kind === 'replaced' && change.error === undefined) this.#startsAll = false;
    });
    return true;
  }

  #takeLock(): boolean {
    try {
      // A home that was moved or whose drive is gone is not to be made anew.
      const folder = path.dirname(this.#lockFile);
      if (existsSync(path.dirname(folder))) mkdirSync(folder, { recursive: true });
      const descriptor = openToWriteSync(this.#lockFile, 0o600);
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
    this.#restarts.look(vm, this.#startsAll);
    this.#health.look(vm);
    this.#schedules.look(vm);
  }

  #forget(name: string): void {
    this.#restarts.forget(name);
    this.#health.forget(name);
    this.#schedules.forget(name);
    this.#board.forget(name);
  }

  /** Machines go on; another Tatin looks after them from here. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#cancelTakeOver?.();
    this.#stop?.();
    const wasInCharge = this.isInCharge;
    this.#stop = undefined;
    this.#restarts.close();
    this.#health.close();
    this.#schedules.close();
    await this.#board.close(wasInCharge);
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

/** Asks the guest itself. @throws AppError if it does not run any more */
async function checkGuest(
  machines: MachineService,
  hasOwnNat: boolean,
  vm: MachineVm,
  { check, timeoutSeconds }: HealthSettings,
): Promise<Look> {
  const { agent } = await machines.running(vm.name);
  return await probe(check, { agent, route: routeTo(check, vm, hasOwnNat) }, timeoutSeconds * 1000);
}
