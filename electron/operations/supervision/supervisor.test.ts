import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError, type ErrorInfo } from '../../contract/errors.ts';
import type { AnnotationChanges } from '../../contract/machine.ts';
import { healthSettingsSchema } from '../../contract/supervision.ts';
import { parseScheduleEntry } from '../../contract/supervision-words.ts';
import { Log } from '../../host/log.ts';
import type { Look } from '../../supervision/health-rule.ts';
import { ManualClock } from '../../supervision/testing/manual-clock.ts';
import { Library } from '../../library/library.ts';
import { makeVm, temporaryFolder } from '../../library/testing/temporary-home.ts';
import { noteEvent, readEvents } from '../../library/vm-events.ts';
import { MachineService } from '../machines/machine-service.ts';
import { Supervisor } from './supervisor.ts';
import { FakeDriver } from '../testing/fake-driver.ts';

const patience = { timeout: 20_000 };
const error: ErrorInfo = { code: 'guest-crashed', message: 'It crashed.' };

/** Remembers of each machine that it failed, until it is started again, as a driver does. */
class ForgetfulDriver extends FakeDriver {
  readonly #failed = new Set<string>();

  override async start(...args: Parameters<FakeDriver['start']>): ReturnType<FakeDriver['start']> {
    const machine = await super.start(...args);
    this.#failed.delete(machine.folder);
    return machine;
  }

  override lastFailure(folder?: string): ReturnType<FakeDriver['lastFailure']> {
    const hasFailed = folder !== undefined && this.#failed.has(folder);
    return Promise.resolve(hasFailed ? { at: new Date(0), error } : undefined);
  }

  /** The guest of that name crashes. */
  fail(name: string): void {
    const machine = this.started.findLast((each) => each.name === name);
    if (machine === undefined) throw new Error(`${name} does not run`);
    this.#failed.add(machine.folder);
    machine.enter({ phase: 'failed', since: '2026-01-01T00:00:00.000Z', error });
  }
}
let folder: ReturnType<typeof temporaryFolder>;
let library: Library;
let driver: ForgetfulDriver;
let machines: MachineService;
let log: Log;
const supervisors: Supervisor[] = [];

beforeEach(async () => {
  folder = temporaryFolder();
  library = await Library.open(path.join(folder.path, 'home'));
  driver = new ForgetfulDriver();
  log = new Log(folder.path);
  machines = new MachineService({ library, driver, log });
});
afterEach(async () => {
  for (const supervisor of supervisors.splice(0)) await supervisor[Symbol.asyncDispose]();
  machines.close();
  folder[Symbol.dispose]();
});

/** A supervisor that waits for nothing. */
type Parts = ConstructorParameters<typeof Supervisor>[0];
function supervise(over = machines, more: Partial<Parts> = {}): Supervisor {
  const supervisor = new Supervisor({
    machines: over,
    log,
    home: library.home,
    hasOwnNat: true,
    pauseBefore: () => 0,
    ...more,
  });
  supervisors.push(supervisor);
  return supervisor;
}

async function vm(name: string, annotations: AnnotationChanges): Promise<string> {
  const made = await makeVm(library, name);
  await library.annotate(name, annotations);
  return made;
}

const started = (): string[] => driver.started.map(({ name }) => name);
/** What is decided, is decided by the time that another machine, which fails later, was started again. */
async function settled(): Promise<void> {
  const count = started().filter((name) => name === 'witness').length;
  driver.fail('witness');
  await expect.poll(() => started().filter((name) => name === 'witness').length, patience).toBe(count + 1);
}

describe('The supervisor', () => {
  it('starts what starts with Tatin, once, and nothing else', async () => {
    await vm('witness', { autostart: true, restart: 'always' });
    await vm('at-rest', { restart: 'always' });
    supervise();
    await expect.poll(started, patience).toEqual(['witness']);
    await vm('later', { autostart: true });
    await settled();
    expect(started()).toEqual(['witness', 'witness']);
  });

  it('starts again what fails, notes each attempt, and stops when the policy is taken away', async () => {
    const place = await vm('web', { autostart: true, restart: 'on-failure' });
    supervise();
    for (const attempt of [1, 2, 3]) {
      await expect.poll(() => started().length, patience).toBe(attempt);
      driver.fail('web');
    }
    await expect.poll(() => started().length, patience).toBe(4);
    const events = await readEvents(place, 10);
    expect(events.map(({ kind, attempt, reason }) => [kind, attempt, reason])).toEqual([
      ['restarting', 3, 'It crashed.'],
      ['restarting', 2, 'It crashed.'],
      ['restarting', 1, 'It crashed.'],
    ]);
    await vm('witness', { restart: 'always' });
    await machines.start('witness');
    await library.annotate('web', { restart: 'never' });
    driver.fail('web');
    await settled();
    expect(started().filter((name) => name === 'web')).toHaveLength(4);
  });

  it('leaves alone what somebody stopped, and brings back what shut itself down', async () => {
    const place = await vm('web', { autostart: true, restart: 'always' });
    await vm('witness', { autostart: true, restart: 'always' });
    supervise();
    await expect.poll(() => started().sort(), patience).toEqual(['web', 'witness']);
    await noteEvent(place, { kind: 'stopped', by: 'user' });
    await machines.forceStop('web');
    await settled();
    expect(started().filter((name) => name === 'web')).toHaveLength(1);
    await machines.start('web');
    await noteEvent(place, { kind: 'stopped', by: 'guest' });
    driver.started.findLast(({ name }) => name === 'web')?.enter({ phase: 'stopped' });
    await expect.poll(() => started().filter((name) => name === 'web').length, patience).toBe(3);
  });

  it('tries again when a start itself fails, and says why', async () => {
    const place = await vm('web', { autostart: true, restart: 'on-failure' });
    let failures = 2;
    driver.gate = () =>
      failures-- > 0 ? Promise.reject(new AppError('port-taken', 'Port 2222 is taken.')) : Promise.resolve();
    supervise();
    await expect.poll(started, patience).toEqual(['web']);
    const events = await readEvents(place, 10);
    expect(events.map(({ kind, reason }) => [kind, reason])).toEqual([
      ['restarting', 'Port 2222 is taken.'],
      ['failed', 'Port 2222 is taken.'],
      ['restarting', 'Port 2222 is taken.'],
      ['failed', 'Port 2222 is taken.'],
    ]);
  });

  it('does not start anew what a person started while it waited', async () => {
    await vm('web', { restart: 'on-failure' });
    await vm('witness', { autostart: true, restart: 'always' });
    await machines.start('web');
    supervise();
    await expect.poll(() => started().sort(), patience).toEqual(['web', 'witness']);
    await settled();
    expect(started().filter((name) => name === 'web')).toHaveLength(1);
  });

  it('is one of several Tatins, and the next one takes over', async () => {
    const other = new MachineService({ library, driver, log });
    const first = supervise();
    const second = supervise(other);
    expect([first.isInCharge, second.isInCharge]).toEqual([true, false]);
    await first[Symbol.asyncDispose]();
    expect(supervise().isInCharge).toBe(true);
    other.close();
  });

  it('says when it will try again, to other Tatins too, and calls that off with the policy', async () => {
    await vm('web', { autostart: true, restart: 'on-failure' });
    const clock = new ManualClock();
    supervise(machines, { clock, pauseBefore: () => 12_000 });
    await expect.poll(() => clock.waits, patience).toContain(0);
    clock.pass(0);
    await expect.poll(started, patience).toEqual(['web']);
    const other = new MachineService({ library, driver, log });
    other.onChange(() => undefined);
    const otherClock = new ManualClock();
    supervise(other, { clock: otherClock });
    driver.fail('web');
    const nextTry = { at: new Date(clock.now() + 12_000).toISOString(), attempt: 1, reason: 'It crashed.' };
    const seenBy = async (service: MachineService): Promise<unknown> => {
      otherClock.pass(1000);
      const row = await service.get('web');
      return row.kind === 'machine' ? row.supervision : undefined;
    };
    await expect.poll(() => seenBy(machines), patience).toEqual({ nextTry });
    await expect.poll(() => seenBy(other), patience).toEqual({ nextTry });
    await library.annotate('web', { restart: 'never' });
    await expect.poll(() => seenBy(machines), patience).toBeUndefined();
    await expect.poll(() => seenBy(other), patience).toBeUndefined();
    clock.pass(60_000);
    expect(started()).toEqual(['web']);
    other.close();
  });
});

describe('The health of a machine that is looked after', () => {
  const settings = (onFailure: 'record' | 'restart'): AnnotationChanges => ({
    health: healthSettingsSchema.parse({ check: { by: 'agent' }, onFailure, startSeconds: 0 }),
  });
  let clock: ManualClock;
  /** What each further check comes to; the last for all after it. */
  let looks: Look['kind'][];
  const check = (): Promise<Look> => {
    const kind = (looks.length > 1 ? looks.shift() : looks[0]) ?? 'passed';
    return Promise.resolve(kind === 'passed' ? { kind } : { kind, reason: 'No answer.' });
  };
  /** How it stood, each time that it was told of anew; none while it was not checked. */
  let course: string[];
  /** Lets time pass until the machine stands so, or has since the last call. */
  async function until(wanted: string): Promise<void> {
    await expect
      .poll(() => {
        const at = course.indexOf(wanted);
        if (at === -1) clock.pass(5000);
        else course.splice(0, at + 1);
        return at === -1 ? [...course] : [wanted];
      }, patience)
      .toContain(wanted);
  }
  const kinds = async (place: string): Promise<string[]> => (await readEvents(place, 20)).map(({ kind }) => kind);

  beforeEach(() => {
    clock = new ManualClock(new Date().toISOString());
    course = [];
    machines.onChange((change) => {
      if (change.kind !== 'changed' || change.vm.kind !== 'machine') return;
      const health = change.vm.supervision?.health;
      const now = health === undefined ? 'none' : `${health.state} ${health.failures}`;
      if (course.at(-1) !== now) course.push(now);
    });
  });

  it('is checked again and again, and noted when it changes', async () => {
    const place = await vm('web', { autostart: true, ...settings('record') });
    looks = ['passed', 'failed', 'failed', 'failed', 'passed'];
    supervise(machines, { clock, check });
    await until('healthy 0');
    await until('healthy 2');
    await until('unhealthy 3');
    await until('healthy 0');
    expect(await readEvents(place, 9)).toMatchObject([
      { kind: 'healthy' },
      { kind: 'unhealthy', reason: '3 checks in a row failed. No answer.' },
    ]);
    expect(started()).toEqual(['web']);
  });

  it('brings about a restart where that is asked for, with longer pauses', async () => {
    const place = await vm('web', { autostart: true, ...settings('restart') });
    looks = ['passed', 'failed', 'failed', 'failed', 'passed', 'failed', 'failed', 'failed', 'passed'];
    supervise(machines, { clock, check, pauseBefore: (attempt) => attempt * 1000 });
    await until('unhealthy 3');
    await expect.poll(() => driver.started[0]?.asked, patience).toEqual(['forceStop']);
    await until('healthy 0');
    expect(started()).toEqual(['web', 'web']);
    expect(await kinds(place)).toEqual(['restarting', 'unhealthy']);
    await until('unhealthy 3');
    await until('healthy 0');
    expect(await readEvents(place, 1)).toMatchObject([{ kind: 'restarting', attempt: 2 }]);
  });

  it('stays known when only what follows a failure is changed', async () => {
    await vm('web', { autostart: true, health: { ...settings('record').health!, startSeconds: 86_400 } });
    looks = ['passed'];
    supervise(machines, { clock, check });
    await until('healthy 0');
    looks = ['failed'];
    await library.annotate('web', { health: { ...settings('restart').health!, startSeconds: 86_400 } });
    // One that began again would have its time to start before it, in which no failure counts.
    await until('unhealthy 3');
    await expect.poll(() => driver.started[0]?.asked, patience).toEqual(['forceStop']);
  });

  it('is forgotten with the end of a run, and with its settings', async () => {
    await vm('web', { autostart: true, ...settings('record') });
    looks = ['passed'];
    supervise(machines, { clock, check });
    await until('healthy 0');
    await machines.pause('web');
    await until('none');
    await machines.resume('web');
    await until('healthy 0');
    await library.annotate('web', { health: null });
    await until('none');
  });
});

describe('The schedule of a machine', () => {
  const entries = ['start mon-fri 08:00', 'suspend mon-fri 19:30'].map((text) => parseScheduleEntry(text)!);
  const timeZone = 'Europe/Berlin';
  let clock: ManualClock;
  const at = (text: string): number => Date.parse(text) - clock.now();
  const next = async (): Promise<string | undefined> => {
    const vm = await machines.get('web');
    const found = vm.kind === 'machine' ? vm.supervision?.nextAction : undefined;
    return found === undefined ? undefined : `${found.action} ${found.at}`;
  };
  const events = async (place: string): Promise<string[]> =>
    (await readEvents(place, 20)).map(({ kind, reason = '' }) => `${kind} ${reason}`);

  /** A machine with that schedule, on a Friday at noon (UTC), looked after. */
  async function scheduled(): Promise<string> {
    clock = new ManualClock('2026-02-27T12:00:00.000Z');
    const place = await vm('web', { schedule: entries });
    await machines.start('web');
    await noteEvent(place, { kind: 'started' }, new Date(clock.now()));
    supervise(machines, { clock, timeZone });
    await expect.poll(next, patience).toBe('suspend 2026-02-27T18:30:00.000Z');
    return place;
  }

  it('is kept at its times', async () => {
    const place = await scheduled();
    clock.pass(at('2026-02-27T18:30:10.000Z'));
    await expect.poll(() => driver.started[0]?.asked, patience).toEqual(['suspend']);
    expect(await next()).toBe('start 2026-03-02T07:00:00.000Z');
    clock.pass(at('2026-03-02T07:00:10.000Z'));
    await expect.poll(started, patience).toEqual(['web', 'web']);
    expect((await events(place)).slice(0, 2)).toEqual([
      'scheduled Start, due 2026-03-02 08:00.',
      'scheduled Suspend, due 2026-02-27 19:30.',
    ]);
  });

  it('is kept late after a sleep, the last thing of it, and only once', async () => {
    const place = await scheduled();
    clock.jump(at('2026-02-28T10:00:00.000Z'));
    await expect.poll(() => driver.started[0]?.asked, patience).toEqual(['suspend']);
    expect((await events(place))[0]).toBe(
      'scheduled Suspend, due 2026-02-27 19:30, and late: this computer slept or Tatin did not run.',
    );
    clock.pass(60_000);
    await machines.start('web');
    clock.pass(600_000);
    expect(driver.started.map(({ asked }) => asked)).toEqual([['suspend'], []]);
  });

  it('is seen to by the next Tatin, which leaves alone what somebody changed since', async () => {
    const place = await scheduled();
    await supervisors[0]?.[Symbol.asyncDispose]();
    clock.pass(at('2026-02-27T20:00:00.000Z'));
    await noteEvent(place, { kind: 'resumed' }, new Date(clock.now()));
    clock.pass(3_600_000);
    supervise(machines, { clock, timeZone });
    await expect
      .poll(() => events(place), patience)
      .toContain(
        'missed Suspend, due 2026-02-27 19:30, while this computer slept or Tatin did not run. Left as it is: it was resumed since.',
      );
    expect(driver.started[0]?.asked).toEqual([]);
  });

  it('says why it could not be kept', async () => {
    const place = await scheduled();
    const machine = driver.started[0]!;
    machine.suspend = () => Promise.reject(new AppError('suspend-failed', 'It has shared folders.'));
    clock.pass(at('2026-02-27T18:30:10.000Z'));
    await expect
      .poll(() => events(place), patience)
      .toContain('missed Suspend, due 2026-02-27 19:30. It has shared folders.');
  });

  it('does nothing that was due before it was made, nor what is so already, and ends when taken away', async () => {
    const place = await scheduled();
    await library.annotate('web', { schedule: [parseScheduleEntry('start daily 12:00')!] });
    await expect.poll(next, patience).toBe('start 2026-02-28T11:00:00.000Z');
    clock.pass(at('2026-02-28T11:01:00.000Z'));
    await expect.poll(next, patience).toBe('start 2026-03-01T11:00:00.000Z');
    await library.annotate('web', { schedule: [] });
    await expect.poll(next, patience).toBeUndefined();
    expect(await events(place)).toEqual(['started ']);
    expect(started()).toEqual(['web']);
  });
});
