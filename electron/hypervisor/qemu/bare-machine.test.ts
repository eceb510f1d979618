import { mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { portForwardSchema } from '../../contract/machine.ts';
import { readEvents } from '../../library/vm-events.ts';
import { checkPortsFree } from '../../network/ports.ts';
import { GuestLab } from '../testing/guest-lab.ts';
import { freePort, programsWithoutPasst } from '../testing/host-side.ts';

describe('A machine without a system', () => {
  it('is not suspended while it shares a folder by virtiofs, and says so before anything stops', async (context) => {
    if (process.getuid?.() !== 0) context.skip('this virtiofsd may need root');
    await using lab = await GuestLab.open();
    const shared = path.join(lab.library.home.path, 'with, comma');
    mkdirSync(shared);
    const sharedFolders = [{ name: 'with, comma', path: shared, readOnly: false }];
    const machine = await lab.start(await lab.empty('sharing'), { sharedFolders });
    const states: string[] = [];
    machine.onState(({ phase }) => states.push(phase));
    // One of several machines that share by virtiofs at the same time is no exception.
    const other = await lab.start(await lab.empty('sharing-too'), { sharedFolders });
    for (const each of [machine, other])
      await expect(each.suspend()).rejects.toMatchObject({
        code: 'suspend-failed',
        message: expect.stringContaining('shared folders') as string,
      });
    expect(states).toEqual([]);
    await machine.forceStop();
    await other.forceStop();
  });

  it('has no network where passt is not there, says so, also in its events, and tells again whoever attaches', async () => {
    await using lab = await GuestLab.open();
    const folder = await lab.empty('open');
    const hostPort = await freePort();
    const before = process.env.PATH;
    process.env.PATH = programsWithoutPasst(lab.library.home.path);
    try {
      const portForwards = [portForwardSchema.parse({ hostPort, guestPort: 80 })];
      const machine = await lab.start(folder, { portForwards });
      expect(machine.state).toMatchObject({
        warning: expect.stringMatching(/no network.*passt is not installed.*Install passt/) as string,
      });
      const other = await lab.driver.attach(folder);
      expect(other?.state).toEqual(machine.state);
      other?.detach();
      const noted = { kind: 'started', reason: expect.stringContaining('passt is not installed') as string };
      const look = async () => expect(await readEvents(folder, 1)).toMatchObject([noted]);
      await vi.waitFor(look, { timeout: 20_000, interval: 50 });
      await expect(checkPortsFree(portForwards)).rejects.toMatchObject({ code: 'port-taken' });
      await machine.forceStop();
      await checkPortsFree(portForwards);
    } finally {
      process.env.PATH = before;
    }
  });

  it('leaves no program behind when the process that hosts it is killed', async () => {
    await using lab = await GuestLab.open();
    const machine = await lab.start(await lab.empty('killed'));
    const host = machine.state.phase === 'running' ? machine.state.pid : 0;
    const children = readFileSync(`/proc/${host}/task/${host}/children`, 'utf8').trim().split(' ');
    // Empty once it has ended, no matter who looks after it then.
    const commandOf = (pid: string) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch (error) {
        return '';
      }
    };
    expect(children.map(commandOf).filter((command) => /qemu-system|passt/.test(command))).toHaveLength(2);
    process.kill(host, 'SIGKILL');
    const alive = () => expect(children.map(commandOf).filter(Boolean)).toEqual([]);
    await vi.waitFor(alive, { timeout: 20_000, interval: 50 });
  });

  it('is warned about nothing where it is isolated', async () => {
    await using lab = await GuestLab.open();
    const folder = await lab.empty('isolated');
    const machine = await lab.start(folder, {
      network: { mode: 'isolated' },
      keyboard: false,
      pointer: false,
      nested: true,
    });
    expect(machine.state).not.toHaveProperty('warning');
    expect(statSync(path.join(folder, 'qemu-vars.fd')).size).toBeGreaterThan(100_000);
    await machine.forceStop();
  });
});
