import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GuestLab } from '../testing/guest-lab.ts';

/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = { timeout: 30_000 };

describe('A host process with an error that nothing caught', () => {
  let lab: GuestLab;
  let folder: string;

  beforeAll(async () => {
    lab = await GuestLab.open(undefined, path.join(import.meta.dirname, '../testing/faulty-host.mjs'));
    folder = await lab.empty('survivor');
  });

  afterAll(() => lab[Symbol.asyncDispose]());

  const inRunFolder = (name: string) =>
    readFileSync(path.join(lab.runtimeFolder, readdirSync(lab.runtimeFolder)[0] ?? '', name), 'utf8');
  const hostPid = () => (JSON.parse(inRunFolder('running.json')) as { hostPid: number }).hostPid;

  it('logs it, tells the user, and keeps its guest', async () => {
    const machine = await lab.start(folder);
    process.kill(hostPid(), 'SIGWINCH');
    await expect.poll(() => inRunFolder('host.log'), patience).toContain('a stray promise');
    await expect.poll(() => inRunFolder('host.log'), patience).toContain('a stray listener');
    await expect
      .poll(() => machine.state, patience)
      .toMatchObject({ phase: 'running', warning: expect.stringContaining('met an error') as string });
    await machine.pause();
    await machine.resume();
    expect(machine.state.phase).toBe('running');
    await machine.forceStop();
    expect(machine.state).toEqual({ phase: 'stopped' });
  });

  it('fails the start where the guest does not run yet', async () => {
    const other = await GuestLab.open(undefined, path.join(import.meta.dirname, '../testing/faulty-start.mjs'));
    try {
      const broken = await other.empty('broken');
      const reason = { code: 'unexpected', message: expect.stringContaining('a stray promise') as string };
      await expect(other.start(broken)).rejects.toMatchObject(reason);
      // Nothing of the first attempt stands in the way of another.
      await expect(other.start(broken)).rejects.toMatchObject(reason);
    } finally {
      await other[Symbol.asyncDispose]();
    }
  });
});
