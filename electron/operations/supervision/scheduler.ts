import { AppError } from '../../contract/errors.ts';
import type { MachineVm } from '../../contract/machine.ts';
import type { VmEvent } from '../../contract/vm-events.ts';
import { isAlive } from '../../contract/verbs.ts';
import type { Log } from '../../host/log.ts';
import { noteEvent, readEvents } from '../../library/vm-events.ts';
import type { Clock } from '../../host/clock.ts';
import { lastOccurrence, localTime, nextOccurrence, type Occurrence } from '../../supervision/schedule.ts';
import type { SupervisionState } from './supervision-state.ts';
import type { MachineService } from '../machines/machine-service.ts';

/** A timer of days would be late by as long as the computer slept, so the time is looked at again and again. */
const lookMs = 15_000;
/** What is done so much later than it was due is said to be late. */
const lateMs = 120_000;

const verbs = { start: 'Start', suspend: 'Suspend', 'shut-down': 'Shut down' } as const;

/**
 * Does what the schedules of machines ask for, at its time. Of what came due while the computer slept or nobody looked
 * after its machines, the last thing is done late, unless something happened to the machine since.
 */
export class Scheduler {
  readonly #machines: MachineService;
  readonly #board: SupervisionState;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #timeZone: string | undefined;
  readonly #vms = new Map<string, MachineVm>();
  #cancel: (() => void) | undefined;
  #isClosed = false;

  /** @param parts.timeZone IANA name; default: the host's */
  constructor(parts: {
    machines: MachineService;
    board: SupervisionState;
    clock: Clock;
    log: Log;
    timeZone?: string | undefined;
  }) {
    this.#machines = parts.machines;
    this.#board = parts.board;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#timeZone = parts.timeZone;
  }

  /** Begins to look at the time. */
  begin(): void {
    this.#cancel = this.#clock.after(lookMs, () => {
      for (const vm of [...this.#vms.values()]) this.#attend(vm);
      if (!this.#isClosed) this.begin();
    });
  }

  /** Takes in how a machine is now. */
  look(vm: MachineVm): void {
    const known = this.#vms.get(vm.name);
    if (vm.annotations.schedule.length === 0) {
      if (this.#vms.delete(vm.name)) this.#board.set(vm.name, { nextAction: undefined });
      return;
    }
    this.#vms.set(vm.name, vm);
    const isNew = known === undefined || scheduleOf(known) !== scheduleOf(vm);
    if (isNew) this.#attend(vm);
  }

  #attend(vm: MachineVm): void {
    const { schedule } = vm.annotations;
    const nowMs = this.#clock.now();
    const seenMs = this.#board.scheduleHandledUntil(vm.name, scheduleOf(vm));
    // A new schedule has nothing behind it; a clock that was set back would make it wait until then.
    const afterMs = seenMs === undefined ? nowMs : Math.min(seenMs, nowMs);
    const due = lastOccurrence(schedule, afterMs, nowMs, this.#timeZone);
    if (due !== undefined || seenMs !== afterMs) this.#board.markScheduleHandled(vm.name, scheduleOf(vm), nowMs);
    const next = nextOccurrence(schedule, nowMs, this.#timeZone);
    const nextAction =
      next === undefined ? undefined : { at: new Date(next.atMs).toISOString(), action: next.entry.action };
    this.#board.set(vm.name, { nextAction });
    if (due !== undefined) void this.#carryOut(vm, due);
  }

  async #carryOut(vm: MachineVm, due: Occurrence): Promise<void> {
    const { entry, atMs } = due;
    const isLate = this.#clock.now() - atMs > lateMs;
    const what = `${verbs[entry.action]}, due ${localTime(atMs, this.#timeZone)}`;
    try {
      const now = await this.#machines.get(vm.name);
      if (now.kind !== 'machine' || isDone(now, due)) return;
      const since = isLate ? await happenedSince(now, atMs) : undefined;
      if (since !== undefined) {
        await this.#note(now, {
          kind: 'missed',
          reason: `${what}, while this computer slept or Tatin did not run. Left as it is: it was ${since.kind} since.`,
        });
        return;
      }
      const late = isLate ? ', and late: this computer slept or Tatin did not run' : '';
      await this.#note(now, { kind: 'scheduled', reason: `${what}${late}.` });
      this.#log.info(`By its schedule, ${vm.name}: ${what}`);
      await this.#act(vm.name, due);
    } catch (error) {
      this.#log.warn(`The schedule of ${vm.name} could not be kept`, error);
      const { message, hint = '' } = AppError.from(error);
      await this.#note(vm, { kind: 'missed', reason: `${what}. ${message} ${hint}`.trim() });
    }
  }

  async #act(name: string, { entry }: Occurrence): Promise<void> {
    if (entry.action === 'start') await this.#machines.start(name);
    else if (entry.action === 'suspend') await this.#machines.suspend(name);
    else await this.#machines.shutDown(name);
  }

  #note(vm: MachineVm, event: Omit<VmEvent, 'at'>): Promise<void> {
    return noteEvent(vm.folder, event, new Date(this.#clock.now()));
  }

  /** The machine is gone. */
  forget(name: string): void {
    this.#vms.delete(name);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }
}

/** Tells one schedule from another. */
function scheduleOf({ annotations }: MachineVm): string {
  return JSON.stringify(annotations.schedule);
}

/** Whether the machine is already as it should be then. */
function isDone({ state }: MachineVm, { entry }: Occurrence): boolean {
  const wantsAlive = entry.action === 'start';
  return isAlive(state.phase) === wantsAlive;
}

const changes: readonly VmEvent['kind'][] = ['started', 'resumed', 'stopped', 'suspended', 'failed'];

/** The last thing that changed what the machine does, if that was after the time. */
async function happenedSince(vm: MachineVm, atMs: number): Promise<VmEvent | undefined> {
  const events = await readEvents(vm.folder, 10);
  return events.find(({ kind, at }) => changes.includes(kind) && Date.parse(at) > atMs);
}
