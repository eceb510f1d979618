import { AppError } from '../../contract/errors.ts';
import type { MachineVm } from '../../contract/machine.ts';
import { isAlive } from '../../contract/verbs.ts';
import type { Log } from '../../host/log.ts';
import { noteEvent, readEvents } from '../../library/vm-events.ts';
import type { Clock } from '../../host/clock.ts';
import { eventsToJudgeBy, reasonToRestart, steadyMs } from '../../supervision/restart-rule.ts';
import type { SupervisionState } from './supervision-state.ts';
import type { MachineService } from '../machines/machine-service.ts';

/** What is kept of a machine while it is looked after. */
interface Ward {
  /** Attempts in a row. */
  attempts: number;
  aliveSince: number | undefined;
  /** Calls the start off that is waited for. */
  cancel: (() => void) | undefined;
  /** Its events are being read, or it is being started or turned off. */
  isBusy: boolean;
  /** How it was when it was looked at while busy: looked at again afterwards, since nothing else may happen to it. */
  missed: MachineVm | undefined;
  /** The attempt under way is in its events already. */
  isNoted: boolean;
}

/** Starts machines again as each one's policy says, with a longer pause before each further attempt. */
export class Restarts {
  readonly #machines: MachineService;
  readonly #board: SupervisionState;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #pauseBefore: (attempt: number) => number;
  readonly #wards = new Map<string, Ward>();
  #isClosed = false;

  constructor(parts: {
    machines: MachineService;
    board: SupervisionState;
    clock: Clock;
    log: Log;
    pauseBefore: (attempt: number) => number;
  }) {
    this.#machines = parts.machines;
    this.#board = parts.board;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#pauseBefore = parts.pauseBefore;
  }

  /** Takes in how a machine is now. `startsAll`: it is one that was there when Tatin started. */
  look(vm: MachineVm, startsAll: boolean): void {
    const ward = this.#ward(vm.name);
    ward.missed = undefined;
    if (isAlive(vm.state.phase)) {
      ward.aliveSince ??= this.#clock.now();
      this.#callOff(vm.name, ward);
      return;
    }
    this.#forgetOldAttempts(ward);
    ward.aliveSince = undefined;
    if (ward.isBusy) {
      ward.missed = vm;
      return;
    }
    if (startsAll && vm.annotations.autostart) this.#plan(vm.name, ward, 'It starts with Tatin.', 0);
    else if (ward.cancel === undefined) void this.#judge(vm, ward);
    // Its policy may have been taken away while it waits.
    else if (!stillWants(vm, ward)) this.#callOff(vm.name, ward);
  }

  /** Turns a machine off, whatever its guest does, and starts it again, after a pause if that was done before. */
  async turnOffAndOn(vm: MachineVm, reason: string, turnOff: () => Promise<void>): Promise<void> {
    const ward = this.#ward(vm.name);
    if (ward.isBusy || ward.cancel !== undefined) return;
    ward.isBusy = true;
    this.#forgetOldAttempts(ward);
    ward.aliveSince = undefined;
    ward.attempts += 1;
    ward.isNoted = true;
    try {
      await noteEvent(vm.folder, { kind: 'restarting', reason, attempt: ward.attempts }, this.#date());
      await turnOff();
    } catch (error) {
      this.#log.warn(`${vm.name} was not turned off`, error);
    } finally {
      ward.isBusy = false;
    }
    await this.#lookAgain(vm.name, ward, undefined);
  }

  #ward(name: string): Ward {
    const known = this.#wards.get(name);
    if (known !== undefined) return known;
    const ward: Ward = {
      attempts: 0,
      aliveSince: undefined,
      cancel: undefined,
      isBusy: false,
      missed: undefined,
      isNoted: false,
    };
    this.#wards.set(name, ward);
    return ward;
  }

  #forgetOldAttempts(ward: Ward): void {
    if (ward.aliveSince !== undefined && this.#clock.now() - ward.aliveSince >= steadyMs) ward.attempts = 0;
  }

  async #judge(vm: MachineVm, ward: Ward): Promise<void> {
    ward.isBusy = true;
    try {
      const reason = reasonToRestart(vm, await readEvents(vm.folder, eventsToJudgeBy));
      if (reason !== undefined && !this.#isClosed && ward.cancel === undefined) {
        if (!ward.isNoted) ward.attempts += 1;
        this.#plan(vm.name, ward, reason, this.#pauseBefore(ward.attempts));
      }
    } finally {
      ward.isBusy = false;
    }
    if (ward.missed !== undefined && !this.#isClosed) this.look(ward.missed, false);
  }

  #plan(name: string, ward: Ward, reason: string, afterMs: number): void {
    if (ward.cancel !== undefined) return;
    const at = new Date(this.#clock.now() + afterMs).toISOString();
    ward.cancel = this.#clock.after(afterMs, () => void this.#startNow(name, ward, reason));
    if (ward.attempts > 0) this.#board.set(name, { nextTry: { at, attempt: ward.attempts, reason } });
  }

  /** Somebody may have started, changed or deleted it while it waited. */
  async #startNow(name: string, ward: Ward, reason: string): Promise<void> {
    let retryFor: string | undefined;
    ward.cancel = undefined;
    ward.isBusy = true;
    this.#board.set(name, { nextTry: undefined });
    try {
      const vm = await this.#machines.get(name);
      const isWanted = vm.kind === 'machine' && !isAlive(vm.state.phase) && stillWants(vm, ward);
      if (!isWanted || this.#isClosed) return;
      if (ward.attempts > 0 && !ward.isNoted)
        await noteEvent(vm.folder, { kind: 'restarting', reason, attempt: ward.attempts }, this.#date());
      this.#log.info(`Starting ${name}: ${reason}`);
      await this.#machines.start(name);
    } catch (error) {
      this.#log.warn(`${name} was not started`, error);
      retryFor = AppError.from(error).message;
    } finally {
      ward.isBusy = false;
      ward.isNoted = false;
      await this.#lookAgain(name, ward, retryFor);
    }
  }

  /** A start that failed leaves no state of its own; and what happened while it was at work was not looked at. */
  async #lookAgain(name: string, ward: Ward, retryFor: string | undefined): Promise<void> {
    const vm = await this.#machines.get(name).catch(() => undefined);
    if (vm?.kind !== 'machine' || this.#isClosed) return;
    const isAtRest = !isAlive(vm.state.phase);
    if (retryFor === undefined || !isAtRest || !hasPolicy(vm)) {
      this.look(vm, false);
      return;
    }
    await noteEvent(vm.folder, { kind: 'failed', reason: retryFor }, this.#date());
    ward.attempts += 1;
    this.#plan(name, ward, retryFor, this.#pauseBefore(ward.attempts));
  }

  #callOff(name: string, ward: Ward): void {
    ward.cancel?.();
    ward.cancel = undefined;
    this.#board.set(name, { nextTry: undefined });
  }

  #date(): Date {
    return new Date(this.#clock.now());
  }

  /** The machine is gone. */
  forget(name: string): void {
    this.#wards.get(name)?.cancel?.();
    this.#wards.delete(name);
  }

  close(): void {
    this.#isClosed = true;
    for (const ward of this.#wards.values()) ward.cancel?.();
  }
}

/** Whether it is started again at all once it has failed. */
function hasPolicy({ annotations }: MachineVm): boolean {
  return annotations.restart !== 'never' || annotations.health?.onFailure === 'restart';
}

function stillWants(vm: MachineVm, ward: Ward): boolean {
  return ward.attempts === 0 ? vm.annotations.autostart : hasPolicy(vm);
}
