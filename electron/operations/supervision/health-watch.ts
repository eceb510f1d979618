import type { Health, HealthSettings } from '../../contract/supervision.ts';
import type { MachineVm } from '../../contract/machine.ts';
import { AppError } from '../../contract/errors.ts';
import { noteEvent } from '../../library/vm-events.ts';
import type { Clock } from '../../host/clock.ts';
import { type Look, nextHealth, pauseAfter, unhealthyReason } from '../../supervision/health-rule.ts';
import type { SupervisionState } from './supervision-state.ts';

/** A machine whose checks go on. */
interface Patient {
  /** The checks and the run that they are about. */
  readonly about: string;
  settings: HealthSettings;
  vm: MachineVm;
  health: Health | undefined;
  cancel: (() => void) | undefined;
  isOver: boolean;
}

/** Checks running machines whether their guests work, notes when that changes, and says which do not. */
export class HealthWatch {
  readonly #board: SupervisionState;
  readonly #clock: Clock;
  readonly #check: (vm: MachineVm, settings: HealthSettings) => Promise<Look>;
  readonly #onUnhealthy: (vm: MachineVm, reason: string) => Promise<void>;
  readonly #patients = new Map<string, Patient>();

  /**
   * @param parts.onUnhealthy called after every check that leaves a machine unhealthy which is then to be restarted; it
   * is not checked until that has been done
   */
  constructor(parts: {
    board: SupervisionState;
    clock: Clock;
    check: (vm: MachineVm, settings: HealthSettings) => Promise<Look>;
    onUnhealthy: (vm: MachineVm, reason: string) => Promise<void>;
  }) {
    this.#board = parts.board;
    this.#clock = parts.clock;
    this.#check = parts.check;
    this.#onUnhealthy = parts.onUnhealthy;
  }

  /** Takes in how a machine is now. */
  look(vm: MachineVm): void {
    const { state } = vm;
    const { health: settings } = vm.annotations;
    const known = this.#patients.get(vm.name);
    if (settings === null || state.phase !== 'running' || state.owner !== 'tatin') {
      if (known !== undefined) this.#discharge(vm.name, known);
      return;
    }
    // What happens on a failure changes nothing of what is known, least of all that the guest has long been up.
    const about = JSON.stringify([{ ...settings, onFailure: undefined }, state.since]);
    if (known?.about === about) {
      known.vm = vm;
      known.settings = settings;
      return;
    }
    if (known !== undefined) this.#discharge(vm.name, known);
    const patient: Patient = { about, settings, vm, health: undefined, cancel: undefined, isOver: false };
    this.#patients.set(vm.name, patient);
    const runningSinceMs = Date.parse(state.since);
    patient.cancel = this.#clock.after(0, () => void this.#examine(patient, runningSinceMs));
  }

  async #examine(patient: Patient, runningSinceMs: number): Promise<void> {
    const look = await this.#check(patient.vm, patient.settings).catch((error: unknown): Look => ({
      kind: 'unknown',
      reason: AppError.from(error).message,
    }));
    if (patient.isOver) return;
    const { vm, settings, health: before } = patient;
    const nowMs = this.#clock.now();
    const health = nextHealth(before, look, settings, { runningSinceMs, nowMs });
    patient.health = health;
    const isBad = health.state === 'unhealthy';
    const wasBad = before?.state === 'unhealthy';
    if (isBad && !wasBad) await this.#note(vm, { kind: 'unhealthy', reason: unhealthyReason(health) });
    if (wasBad && health.state === 'healthy') await this.#note(vm, { kind: 'healthy' });
    // Its settings may have changed while that was written.
    if (this.#patients.get(vm.name) !== patient) return;
    this.#board.set(vm.name, { health });
    // A check while it is turned off could find it well again, and nobody would start it then.
    if (isBad && settings.onFailure === 'restart') await this.#onUnhealthy(vm, unhealthyReason(health));
    if (this.#patients.get(vm.name) !== patient) return;
    patient.cancel = this.#clock.after(pauseAfter(health, settings), () => void this.#examine(patient, runningSinceMs));
  }

  #note(vm: MachineVm, event: Parameters<typeof noteEvent>[1]): Promise<void> {
    return noteEvent(vm.folder, event, new Date(this.#clock.now()));
  }

  #discharge(name: string, patient: Patient): void {
    this.forget(name, patient);
    this.#board.set(name, { health: undefined });
  }

  /** The machine is gone. */
  forget(name: string, patient = this.#patients.get(name)): void {
    if (patient === undefined) return;
    patient.isOver = true;
    patient.cancel?.();
    this.#patients.delete(name);
  }

  close(): void {
    for (const name of [...this.#patients.keys()]) this.forget(name);
  }
}
