import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { MachineVm } from '../../contract/machine.ts';
import { ManualClock } from '../../supervision/testing/manual-clock.ts';
import type { MachineService } from './machine-service.ts';
import { turnOff } from './turn-off.ts';

/** Only what it looks at. */
const vm = (pid: number, survivesApp = true): MachineVm =>
  ({ name: 'web', state: { phase: 'running', pid }, survivesApp }) as MachineVm;
const machines = (forceStop: () => Promise<unknown>): MachineService => ({ forceStop }) as unknown as MachineService;

describe('Turning a machine off', () => {
  it('kills a process that does not react, and only when it has had its time', async () => {
    const host = spawn('sleep', ['600']);
    const ended = once(host, 'exit');
    await once(host, 'spawn');
    const clock = new ManualClock();
    // Its connection ends with it.
    const off = turnOff(vm(host.pid ?? 0), { machines: machines(() => ended), clock });
    clock.pass(59_000);
    expect(host.signalCode).toBeNull();
    clock.pass(1_000);
    await off;
    expect(host.signalCode).toBe('SIGKILL');
    expect(clock.waits).toEqual([]);
  });

  it('never kills a process that is more than this machine’s', async () => {
    const clock = new ManualClock();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const off = turnOff(vm(process.pid, false), { machines: machines(() => promise), clock });
    expect(clock.waits).toEqual([]);
    resolve(undefined);
    await off;
  });

  it('waits for nothing when it works at once, and says what went wrong', async () => {
    const clock = new ManualClock();
    await turnOff(vm(1), { machines: machines(() => Promise.resolve()), clock });
    expect(clock.waits).toEqual([]);
    const refused = machines(() => Promise.reject(new Error('not now')));
    await expect(turnOff(vm(1), { machines: refused, clock })).rejects.toThrow('not now');
    expect(clock.waits).toEqual([]);
  });
});
