import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GuestLab } from '../testing/guest-lab.ts';

/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = { timeout: 30_000 };

describe('A machine that ends badly', () => {
  let lab: GuestLab;
  let folder: string;

  beforeAll(async () => {
    lab = await GuestLab.open();
    folder = await lab.empty('crashing');
  });

  afterAll(() => lab[Symbol.asyncDispose]());

  const running = () => {
    const text = readFileSync(
      path.join(lab.runtimeFolder, readdirSync(lab.runtimeFolder)[0] ?? '', 'running.json'),
      'utf8',
    );
    return JSON.parse(text) as { hostPid: number; qemuPid: number };
  };
  const isAlive = (pid: number) =>
    existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

  it('because QEMU was killed, fails at once with the reason, which is kept until the next start', async () => {
    const machine = await lab.start(folder);
    process.kill(running().qemuPid, 'SIGKILL');
    const last = await machine.ended(new AbortController().signal);
    expect(last).toMatchObject({ phase: 'failed', error: { code: 'guest-crashed' } });
    expect((await lab.driver.lastFailure(folder))?.error).toMatchObject({
      code: 'guest-crashed',
      message: expect.stringContaining('SIGKILL') as string,
    });
    const again = await lab.start(folder);
    expect(await lab.driver.lastFailure(folder)).toBeUndefined();
    await again.forceStop();
    expect(again.state).toEqual({ phase: 'stopped' });
  });

  it('because its host process was killed, takes QEMU with it, and can be started at once', async () => {
    const machine = await lab.start(folder);
    const { hostPid, qemuPid } = running();
    process.kill(hostPid, 'SIGKILL');
    const last = await machine.ended(new AbortController().signal);
    expect(last).toMatchObject({ phase: 'failed', error: { code: 'guest-crashed' } });
    expect(await lab.driver.attach(folder)).toBeUndefined();
    expect((await lab.driver.lastFailure(folder))?.error.code).toBe('guest-crashed');
    const again = await lab.start(folder);
    expect(isAlive(qemuPid)).toBe(false);
    expect(running().hostPid).not.toBe(hostPid);
    await again.forceStop();
  });

  it('leaves nothing behind when it ends well', async () => {
    const machine = await lab.start(folder);
    const { hostPid } = running();
    await machine.forceStop();
    await expect.poll(() => isAlive(hostPid), patience).toBe(false);
    const left = readdirSync(path.join(lab.runtimeFolder, readdirSync(lab.runtimeFolder)[0] ?? ''));
    for (const gone of ['host.sock', 'running.json', 'qmp.sock', 'agent.sock', 'serial.sock', 'vnc.sock'])
      expect(left).not.toContain(gone);
    expect(existsSync(path.join(folder, 'control.sock'))).toBe(false);
  });

  it('is never joined by an orphan on its disk, even where none is killed with its host', async () => {
    const machine = await lab.start(folder);
    const runFolder = path.join(lab.runtimeFolder, readdirSync(lab.runtimeFolder)[0] ?? '');
    const { hostPid } = running();
    // What a system without such a kill would leave: a program in the run folder that goes on.
    const orphan = spawn('sleep', ['1000'], { cwd: runFolder, stdio: 'ignore' });
    const marker = path.join(runFolder, 'running.json');
    writeFileSync(marker, JSON.stringify({ ...running(), qemuPid: orphan.pid }));
    process.kill(hostPid, 'SIGKILL');
    await machine.ended(new AbortController().signal);
    const again = await lab.start(folder);
    await expect.poll(() => orphan.signalCode, patience).toBe('SIGKILL');
    await again.forceStop();
  });
});
