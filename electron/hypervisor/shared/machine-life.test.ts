import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import type { Phase } from '../../contract/machine.ts';
import { ManualClock } from '../../supervision/testing/manual-clock.ts';
import { MachineLife } from './machine-life.ts';
import { States, now } from './states.ts';
import { PlayedEngine } from './testing/played-engine.ts';

const refused = { code: 'state-not-allowed', retry: true };
const full = new AppError('no-space', 'The disk is full.');
const killed = new AppError('guest-crashed', 'QEMU was killed.');

let engine: PlayedEngine;
let clock: ManualClock;
let life: MachineLife;
let phases: Phase[];

beforeEach(() => {
  engine = new PlayedEngine();
  clock = new ManualClock();
  const states = new States({ phase: 'starting', since: now() });
  phases = ['starting'];
  states.onChange(({ phase }) => phases.push(phase));
  life = new MachineLife({ engine, states, pid: 42, clock });
});

async function run(): Promise<void> {
  await life.start();
  life.markRunning();
  phases.length = 0;
  engine.asked.length = 0;
}

/** Lets everything go on that waits for nothing. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('The life of a machine: its start', () => {
  it('runs once what leads to it is open', async () => {
    await life.start();
    engine.tell({ kind: 'running' });
    expect(life.state.phase).toBe('starting');
    life.markRunning();
    expect(life.state).toEqual({ phase: 'running', since: expect.any(String) as string, owner: 'tatin', pid: 42 });
    expect(phases).toEqual(['starting', 'running']);
    expect(engine.asked).toEqual(['start']);
  });

  it('is restored from a saved state', async () => {
    engine.restores = true;
    await life.start();
    life.markRunning();
    expect(phases).toEqual(['starting', 'restoring', 'running']);
  });

  it('fails with the reason of the engine', async () => {
    engine.fail('start', full);
    await expect(life.start()).rejects.toBe(full);
  });

  it('can be turned off before it runs, and refuses everything else', async () => {
    for (const verb of ['shutDown', 'reset', 'pause', 'resume', 'suspend'] as const)
      await expect(life[verb]()).rejects.toMatchObject({ ...refused, message: /: it is starting\.$/ });
    await life.forceStop();
    expect(await life.ended).toEqual({ phase: 'stopped' });
    life.markRunning();
    expect(phases).toEqual(['starting', 'stopping']);
  });

  it('does not count as running when its disk was full at once', async () => {
    await life.start();
    engine.tell({ kind: 'paused', error: full });
    life.markRunning();
    expect(life.state).toMatchObject({ phase: 'paused', error: { code: 'no-space' } });
  });
});

describe('The life of a machine: pausing', () => {
  beforeEach(run);

  it('pauses and resumes', async () => {
    await life.pause();
    expect(life.state.phase).toBe('paused');
    await life.resume();
    expect(phases).toEqual(['pausing', 'paused', 'resuming', 'running']);
  });

  it('says each state once, however early the engine tells of it', async () => {
    const [pausing, resuming] = [engine.hold('pause'), engine.hold('resume')];
    const paused = life.pause();
    engine.tell({ kind: 'paused' });
    pausing.resolve();
    await paused;
    const resumed = life.resume();
    engine.tell({ kind: 'running' });
    resuming.resolve();
    await resumed;
    expect(phases).toEqual(['pausing', 'paused', 'resuming', 'running']);
  });

  it('stays as it was where the engine can’t', async () => {
    engine.fail('pause', killed);
    await expect(life.pause()).rejects.toBe(killed);
    expect(life.state.phase).toBe('running');
    engine.tell({ kind: 'paused', error: full });
    const before = life.state;
    engine.fail('resume', killed);
    await expect(life.resume()).rejects.toBe(killed);
    expect(life.state).toBe(before);
  });

  it('follows what nobody asked for', () => {
    engine.tell({ kind: 'paused' });
    expect(life.state).toEqual({ phase: 'paused', since: expect.any(String) as string });
    engine.tell({ kind: 'running' });
    engine.tell({ kind: 'paused', error: full });
    expect(life.state).toMatchObject({ phase: 'paused', error: { code: 'no-space' } });
    expect(phases).toEqual(['paused', 'running', 'paused']);
  });

  it('tells of a fault that comes before the answer to a resume', async () => {
    await life.pause();
    const answer = engine.hold('resume');
    const resumed = life.resume();
    engine.tell({ kind: 'running' });
    engine.tell({ kind: 'paused', error: full });
    answer.resolve();
    await resumed;
    expect(life.state).toMatchObject({ phase: 'paused', error: { code: 'no-space' } });
  });

  it.each([
    ['running', ['resume']],
    ['paused', ['pause', 'reset']],
  ] as const)('refuses what makes no sense while it is %s', async (phase, verbs) => {
    if (phase === 'paused') await life.pause();
    const before = life.state;
    for (const verb of verbs)
      await expect(life[verb]()).rejects.toMatchObject({ ...refused, message: new RegExp(`it is ${phase}`) });
    expect(life.state).toBe(before);
  });

  it.each(['pause', 'suspend', 'reset'] as const)('takes one of two requests at once: %s', async (verb) => {
    const results = await Promise.allSettled([life[verb](), life[verb]()]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: refused });
    const request = verb === 'suspend' ? 'save' : verb;
    expect(engine.asked.filter((one) => one === request)).toHaveLength(1);
  });
});

describe('The life of a machine: its end', () => {
  beforeEach(run);

  it('shuts down when the guest obeys', async () => {
    await life.shutDown();
    expect(life.state).toMatchObject({ phase: 'stopping', how: 'asked' });
    engine.end({});
    expect(await life.ended).toEqual({ phase: 'stopped' });
    expect(life.endedBy).toBe('user');
    expect(clock.waits).toEqual([]);
    // The last state is told when all that belongs to the machine is closed.
    expect(phases).toEqual(['stopping']);
  });

  it('runs on when the guest ignores that, can be asked again, and later ends on its own', async () => {
    await life.shutDown();
    clock.pass(89_999);
    expect(life.state.phase).toBe('stopping');
    clock.pass(1);
    const warning = 'The guest did not shut down when it was asked to.';
    expect(life.state).toMatchObject({ phase: 'running', warning });
    await life.shutDown();
    await life.shutDown();
    expect(clock.waits).toEqual([90_000]);
    clock.pass(90_000);
    engine.end({});
    expect(await life.ended).toEqual({ phase: 'stopped' });
    expect(life.endedBy).toBe('guest');
  });

  it('wakes a paused guest, which could not shut down', async () => {
    await life.pause();
    await life.shutDown();
    expect(engine.asked).toEqual(['pause', 'resume', 'requestShutdown']);
    expect(life.state.phase).toBe('stopping');
  });

  it('stays as it was where the guest can’t be asked', async () => {
    const before = life.state;
    engine.fail('requestShutdown', killed);
    await expect(life.shutDown()).rejects.toBe(killed);
    expect(life.state).toBe(before);
    expect(clock.waits).toEqual([]);
    engine.end({});
    await life.ended;
    expect(life.endedBy).toBe('guest');
  });

  it('stands still with a full disk though it was asked to shut down', async () => {
    await life.shutDown();
    engine.tell({ kind: 'paused' });
    expect(life.state.phase).toBe('stopping');
    engine.tell({ kind: 'paused', error: full });
    expect(life.state).toMatchObject({ phase: 'paused', error: { code: 'no-space' } });
    clock.pass(90_000);
    expect(life.state.phase).toBe('paused');
  });

  it('is turned off from any state but one, once for all who ask', async () => {
    await life.shutDown();
    const stopping = engine.hold('stop');
    const [one, two] = [life.forceStop(), life.forceStop()];
    expect(life.state).toMatchObject({ phase: 'stopping', how: 'forced' });
    await expect(life.shutDown()).rejects.toMatchObject({ ...refused, message: /it is being turned off/ });
    engine.tell({ kind: 'paused', error: full });
    expect(life.state).toMatchObject({ phase: 'stopping', how: 'forced' });
    stopping.resolve();
    await Promise.all([one, two]);
    expect(engine.asked.filter((request) => request === 'stop')).toHaveLength(1);
    expect(await life.ended).toEqual({ phase: 'stopped' });
    expect(life.endedBy).toBe('user');
    await life.forceStop();
  });

  it('is turned off as asked, though the engine calls that a crash', async () => {
    const stopping = engine.hold('stop');
    const stopped = life.forceStop();
    engine.end({ error: killed });
    expect(await life.ended).toEqual({ phase: 'stopped' });
    stopping.resolve();
    await stopped;
  });

  it('stays as it was where its power can’t be cut, and can be turned off again', async () => {
    const before = life.state;
    engine.fail('stop', killed);
    await expect(life.forceStop()).rejects.toBe(killed);
    expect(life.state).toBe(before);
    await life.forceStop();
    expect(await life.ended).toEqual({ phase: 'stopped' });
  });

  it('is turned off after a reset that is under way', async () => {
    const resetting = engine.hold('reset');
    const reset = life.reset();
    await expect(life.pause()).rejects.toMatchObject({ ...refused, message: /it is being reset/ });
    const stopped = life.forceStop();
    expect(engine.asked).toEqual(['reset']);
    resetting.resolve();
    await Promise.all([reset, stopped]);
    expect(engine.asked).toEqual(['reset', 'stop']);
    expect(phases).toEqual(['stopping']);
  });

  it('ends with the reset that the engine could not finish', async () => {
    const resetting = engine.hold('reset');
    const reset = life.reset();
    engine.end({ error: killed });
    resetting.reject(killed);
    await expect(reset).rejects.toBe(killed);
    expect(await life.ended).toMatchObject({ phase: 'failed', error: { code: 'guest-crashed' } });
  });

  it('runs on when it was reset', async () => {
    life.warn('Its disk is not reached.');
    phases.length = 0;
    await life.reset();
    expect(phases).toEqual(['running']);
    expect(engine.asked).toEqual(['reset']);
  });

  it('ends as the guest wants', async () => {
    engine.end({});
    expect(await life.ended).toEqual({ phase: 'stopped' });
    expect(life.endedBy).toBe('guest');
  });

  it('fails with the reason, and takes no request and no event any more', async () => {
    engine.end({ error: killed });
    expect(await life.ended).toMatchObject({ phase: 'failed', error: { code: 'guest-crashed' } });
    for (const verb of ['shutDown', 'reset', 'pause', 'resume', 'suspend'] as const)
      await expect(life[verb]()).rejects.toMatchObject({ ...refused, message: /it has ended/ });
    await life.forceStop();
    engine.tell({ kind: 'paused', error: full });
    life.warn('Too late.');
    expect(phases).toEqual([]);
  });
});

describe('The life of a machine: being suspended', () => {
  beforeEach(run);

  it('ends with its state on disk', async () => {
    await life.suspend();
    expect(engine.asked).toEqual(['pause', 'save', 'stop']);
    expect(phases).toEqual(['saving']);
    expect(await life.ended).toMatchObject({ phase: 'suspended' });
  });

  it('need not be paused first when it is', async () => {
    await life.pause();
    engine.asked.length = 0;
    await life.suspend();
    expect(engine.asked).toEqual(['save', 'stop']);
  });

  it('is not turned off nor shown as paused meanwhile', async () => {
    const saving = engine.hold('save');
    const suspended = life.suspend();
    await settle();
    engine.tell({ kind: 'paused' });
    expect(life.state.phase).toBe('saving');
    await expect(life.forceStop()).rejects.toMatchObject({ ...refused, message: /it is being suspended/ });
    await expect(life.shutDown()).rejects.toMatchObject({ ...refused, message: /it is saving/ });
    saving.resolve();
    await suspended;
  });

  it('is refused where it is known to be impossible', async () => {
    engine.problem = { reason: 'while it has shared folders', hint: 'Shut it down instead.', details: '9p' };
    await expect(life.suspend()).rejects.toMatchObject({
      code: 'suspend-failed',
      message: "The machine can't be suspended while it has shared folders.",
      hint: 'Shut it down instead.',
      details: '9p',
    });
    expect(phases).toEqual([]);
  });

  it('is refused when the guest has ended while that was found out', async () => {
    engine.saveProblem = async () => {
      engine.end({});
      await life.ended;
      return undefined;
    };
    await expect(life.suspend()).rejects.toMatchObject({ ...refused, message: /it has ended/ });
    expect(await life.ended).toEqual({ phase: 'stopped' });
  });

  it('goes on as before when it can’t be saved', async () => {
    engine.fail('save', full);
    await expect(life.suspend()).rejects.toBe(full);
    expect(phases).toEqual(['saving', 'resuming', 'running']);
    await life.pause();
    const paused = life.state;
    engine.fail('save', full);
    await expect(life.suspend()).rejects.toBe(full);
    expect(life.state).toBe(paused);
  });

  it('goes on when it could not even be paused', async () => {
    engine.fail('pause', killed);
    await expect(life.suspend()).rejects.toBe(killed);
    expect(engine.asked).toEqual(['pause']);
    expect(life.state.phase).toBe('running');
  });

  it('is paused when it could neither be saved nor go on', async () => {
    engine.fail('save', full);
    engine.fail('resume', killed);
    await expect(life.suspend()).rejects.toBe(full);
    expect(life.state).toEqual({ phase: 'paused', since: expect.any(String) as string });
  });

  it('fails when the engine dies in the middle of it', async () => {
    const saving = engine.hold('save');
    const suspended = life.suspend();
    await settle();
    engine.end({ error: killed });
    engine.fail('resume', killed);
    saving.reject(killed);
    await expect(suspended).rejects.toBe(killed);
    expect(await life.ended).toMatchObject({ phase: 'failed', error: { code: 'guest-crashed' } });
    expect(phases).toEqual(['saving']);
  });

  it('is suspended once its state is on disk, however its engine ends', async () => {
    engine.fail('stop', killed);
    await life.suspend();
    engine.end({ error: killed });
    expect(await life.ended).toMatchObject({ phase: 'suspended' });
  });
});

describe('The life of a machine: warnings', () => {
  it('are shown for as long as it runs', async () => {
    engine.tell({ kind: 'warning', text: 'It has no network.' });
    await life.start();
    life.markRunning();
    expect(life.state).toMatchObject({ phase: 'running', warning: 'It has no network.' });
    await life.pause();
    life.warn('Its disk is not reached.');
    expect(life.state).not.toHaveProperty('warning');
    await life.resume();
    expect(life.state).toMatchObject({ phase: 'running', warning: 'Its disk is not reached.' });
  });
});
