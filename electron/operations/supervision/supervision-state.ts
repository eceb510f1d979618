import { isDeepStrictEqual } from 'node:util';
import type { SupervisionStatus } from '../../contract/supervision.ts';
import type { Log } from '../../host/log.ts';
import type { Clock } from '../../host/clock.ts';
import {
  type SupervisionRecord,
  supervisionNow,
  readSupervision,
  stampOf,
  writeSupervision,
} from '../../supervision/supervision-file.ts';

/** How often one that does not look after machines asks whether there is news, in milliseconds. */
const followMs = 1000;

/**
 * How the machines stand that are looked after: written down by the Tatin that does it, read by the others. Every part
 * of it comes to `tell` when it changes.
 */
export class SupervisionState {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #tell: (name: string, supervision: SupervisionStatus | undefined) => void;
  #records = new Map<string, SupervisionRecord>();
  #told = new Map<string, SupervisionStatus>();
  #stamp: string | undefined;
  #stopFollowing: (() => void) | undefined;
  /** Writes follow each other; at most one waits, and it writes what is true when its turn comes. */
  #writing: Promise<void> | undefined;
  #isStale = false;
  #isClosed = false;

  /** @param file see `supervisionFile` */
  constructor(parts: {
    file: string;
    clock: Clock;
    log: Log;
    tell: (name: string, supervision: SupervisionStatus | undefined) => void;
  }) {
    this.#file = parts.file;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#tell = parts.tell;
  }

  /** Tells what another Tatin writes, until {@link lead} or the end. */
  follow(): void {
    const look = (): void => {
      if (this.#isClosed) return;
      this.#stopFollowing = this.#clock.after(followMs, look);
      const stamp = stampOf(this.#file);
      if (stamp === this.#stamp) return;
      this.#stamp = stamp;
      this.#tellAll(supervisionNow(this.#file));
    };
    look();
  }

  /** From now on it is this Tatin that writes; what its predecessor left of schedules is taken over. */
  lead(): void {
    this.#stopFollowing?.();
    this.#stopFollowing = undefined;
    const left = readSupervision(this.#file)?.machines ?? new Map<string, SupervisionRecord>();
    for (const [name, { schedule }] of left)
      if (schedule !== undefined) this.#records.set(name, { supervision: {}, schedule });
    this.#tellAll(new Map());
    this.#write();
  }

  /** Up to when the schedule of a machine has been seen to, if it is that schedule. */
  scheduleHandledUntil(name: string, schedule: string): number | undefined {
    const known = this.#records.get(name)?.schedule;
    return known?.of === schedule ? Date.parse(known.until) : undefined;
  }

  /** Notes how far the schedule of a machine has been seen to. */
  markScheduleHandled(name: string, schedule: string, untilMs: number): void {
    const until = new Date(untilMs).toISOString();
    this.#change(name, (record) => ({ ...record, schedule: { until, of: schedule } }));
  }

  /** Changes parts of how a machine stands; a part that is undefined goes. */
  set(name: string, parts: { [Part in keyof SupervisionStatus]: SupervisionStatus[Part] | undefined }): void {
    this.#change(name, (record) => {
      const changed = Object.entries({ ...record.supervision, ...parts }).filter(([, value]) => value !== undefined);
      // The same parts, which `fromEntries` forgets.
      return { ...record, supervision: Object.fromEntries(changed) };
    });
  }

  /** The machine is gone. */
  forget(name: string): void {
    if (this.#records.delete(name)) this.#write();
    // Another machine may have the name one day.
    this.#tellOne(name, {});
  }

  #change(name: string, change: (record: SupervisionRecord) => SupervisionRecord): void {
    const before = this.#records.get(name) ?? { supervision: {} };
    const after = change(before);
    if (isDeepStrictEqual(before, after)) return;
    this.#records.set(name, after);
    this.#write();
    this.#tellOne(name, after.supervision);
  }

  #tellAll(all: ReadonlyMap<string, SupervisionStatus>): void {
    for (const name of [...this.#told.keys()]) if (!all.has(name)) this.#tellOne(name, {});
    for (const [name, supervision] of all) this.#tellOne(name, supervision);
  }

  #tellOne(name: string, supervision: SupervisionStatus): void {
    if (isDeepStrictEqual(supervision, this.#told.get(name) ?? {})) return;
    const isEmpty = Object.keys(supervision).length === 0;
    if (isEmpty) this.#told.delete(name);
    else this.#told.set(name, supervision);
    this.#tell(name, isEmpty ? undefined : supervision);
  }

  #write(): void {
    this.#isStale = true;
    this.#writing ??= this.#writeWhileStale();
  }

  async #writeWhileStale(): Promise<void> {
    try {
      while (this.#isStale && !this.#isClosed) {
        this.#isStale = false;
        await writeSupervision(this.#file, { pid: process.pid, machines: this.#records });
      }
    } catch (error) {
      this.#log.warn('The state of supervision could not be saved', error);
    } finally {
      this.#writing = undefined;
    }
  }

  /** Ends it. `isLeader`: what was planned will not be done by this Tatin, so it says nothing of it any more. */
  async close(isLeader: boolean): Promise<void> {
    this.#stopFollowing?.();
    if (isLeader) {
      for (const [name, record] of this.#records) this.#records.set(name, { ...record, supervision: {} });
      this.#write();
    }
    await this.#writing;
    this.#isClosed = true;
  }
}
