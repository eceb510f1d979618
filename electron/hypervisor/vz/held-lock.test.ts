import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runLockPid } from '../../files/locks.ts';
import { OtherProgram } from '../../library/testing/other-program.ts';
import { GuestLab } from '../testing/guest-lab.ts';
import { signalByPython } from '../testing/host-side.ts';
import { HeldLock } from './held-lock.ts';
import type { RequestedVerb } from './lock-holder-wire.ts';

const forever = new AbortController().signal;

describe('The lock of a machine that the app runs', () => {
  let lab: GuestLab;
  let folder: string;
  let config: string;

  beforeAll(async () => {
    lab = await GuestLab.open();
    folder = await lab.empty('held');
    config = path.join(folder, 'config.json');
  });

  afterAll(() => lab[Symbol.asyncDispose]());

  it('is seen by others, with a pid that is not the app’s', async () => {
    await using lock = await HeldLock.take(folder, forever);
    expect(lock.pid).not.toBe(process.pid);
    expect(runLockPid(config)).toBe(lock.pid);
    expect(lock.config.macAddress).toBe((await lab.library.get('held')).config.macAddress);
    // Reading it in this process, as the library does all the time, must not lose it.
    expect(runLockPid(config)).toBe(lock.pid);
  });

  it('is free when it is released', async () => {
    const lock = await HeldLock.take(folder, forever);
    await lock.release();
    expect(runLockPid(config)).toBeUndefined();
    await (await HeldLock.take(folder, forever)).release();
  });

  it('is not given twice', async () => {
    await using _lock = await HeldLock.take(folder, forever);
    await expect(HeldLock.take(folder, forever)).rejects.toMatchObject({ code: 'vm-running' });
  });

  it('turns Tart’s signals into requests', async () => {
    await using lock = await HeldLock.take(folder, forever);
    for (const [signal, verb] of [
      ['SIGUSR1', 'suspend'],
      ['SIGUSR2', 'shutDown'],
      ['SIGINT', 'forceStop'],
      ['SIGTERM', 'shutDown'],
    ] as const) {
      const { promise, resolve } = Promise.withResolvers<RequestedVerb>();
      const off = lock.onRequest(resolve);
      expect(await signalByPython(config, signal)).toBe(lock.pid);
      expect(await promise).toBe(verb);
      off();
    }
    expect(runLockPid(config)).toBe(lock.pid);
  });

  it('tells when its process is killed', async () => {
    const lock = await HeldLock.take(folder, forever);
    process.kill(lock.pid, 'SIGKILL');
    await lock.ended;
    expect(lock.isReleased).toBe(false);
    expect(runLockPid(config)).toBeUndefined();
  });

  it('dies with the app', async () => {
    const app = OtherProgram.node(path.join(import.meta.dirname, 'testing/hold.ts'), folder);
    const pid = Number(await app.line());
    expect(runLockPid(config)).toBe(pid);
    app.kill();
    await app.ended();
    await expect.poll(() => runLockPid(config), { timeout: 60_000 }).toBeUndefined();
  });

  it('says why it can’t be taken', async () => {
    await expect(HeldLock.take(path.join(path.dirname(folder), 'nobody'), forever)).rejects.toMatchObject({
      code: 'vm-not-found',
    });
    const broken = await lab.empty('broken');
    writeFileSync(path.join(broken, 'config.json'), '{');
    await expect(HeldLock.take(broken, forever)).rejects.toMatchObject({ code: 'vm-unreadable' });
  });

  it('is not taken for a start that is called off', async () => {
    await expect(HeldLock.take(folder, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
    expect(runLockPid(config)).toBeUndefined();
  });
});
