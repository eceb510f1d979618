import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { maxGuestFileBytes } from '../../contract/imports.ts';
import { isOpen, type Job } from '../../contract/job.ts';
import { vmIdOf } from '../../library/vm-id.ts';
import { ControlClient } from '../../guest/control-client.ts';
import { type ControlBackend, serveControlSocket } from '../../guest/control-server.ts';
import { FakeMachine } from '../testing/fake-driver.ts';
import { ServicesLab } from '../testing/services-lab.ts';

/** A machine whose agent is reached as Tart's is: by gRPC over the control.sock in its folder. */
class MachineWithSocket extends FakeMachine {
  override readonly agent = new ControlClient(path.join(this.folder, 'control.sock'));
}

let lab: ServicesLab;
let server: AsyncDisposable;
let guest: string;
/** What the agent does with a command, which is to run it with the guest's files. */
let exec: ControlBackend['exec'];

beforeEach(async () => {
  lab = await ServicesLab.open();
  guest = lab.at('guest');
  mkdirSync(path.join(guest, 'Downloads'), { recursive: true });
  exec = ({ path: program, args, input }) => {
    const { status, stdout, stderr } = spawnSync(program, args, {
      input,
      cwd: guest,
      env: { PATH: process.env.PATH, HOME: guest },
    });
    return Promise.resolve({ exitCode: status ?? -1, stdout, stderr, truncated: false });
  };
  await lab.done(await lab.ask('vms.create', { name: 'web', source: { from: 'empty' }, diskBytes: 1024 ** 2 }));
  lab.driver.start = (folder) => Promise.resolve(new MachineWithSocket(folder));
  await lab.ask('machines.start', { id: vmIdOf('web') });
  server = await serveControlSocket(lab.at('home', 'vms', 'web', 'control.sock'), {
    exec: (command, signal) => exec(command, signal),
    address: () => Promise.resolve('192.168.64.7'),
  });
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

async function send(file: string): Promise<Job> {
  const source = { from: 'path' as const, path: file };
  // As root would choose another folder, it is said.
  const job = await lab.ask('guestFiles.send', { id: vmIdOf('web'), source, to: path.join(guest, 'Downloads') });
  return await lab.services.jobs.ended(job.id);
}
const inGuest = (): string[] => readdirSync(path.join(guest, 'Downloads')).sort();

describe('a file for a guest with Tart’s agent', () => {
  it('arrives whole under its name, and a second one beside it', async () => {
    const bytes = randomBytes(3_000_000);
    writeFileSync(lab.at('my notes (1).bin'), bytes);
    const amounts: number[] = [];
    lab.services.jobs.onChange((change) => {
      if (change.kind === 'changed' && isOpen(change.job) && change.job.bytes !== undefined)
        amounts.push(change.job.bytes.done);
    });
    expect(await send(lab.at('my notes (1).bin'))).toMatchObject({ state: 'succeeded' });
    expect(await send(lab.at('my notes (1).bin'))).toMatchObject({ state: 'succeeded' });
    expect(inGuest()).toEqual(['2 my notes (1).bin', 'my notes (1).bin']);
    for (const name of inGuest()) expect(readFileSync(path.join(guest, 'Downloads', name)).equals(bytes)).toBe(true);
    expect([...amounts].every((amount) => amount <= bytes.length)).toBe(true);
  });

  it('may be empty', async () => {
    writeFileSync(lab.at('empty'), '');
    expect(await send(lab.at('empty'))).toMatchObject({ state: 'succeeded' });
    expect(inGuest()).toEqual(['empty']);
  });

  it('of which a part is lost is told of, and leaves nothing', async () => {
    writeFileSync(lab.at('half.bin'), randomBytes(100_000));
    const honest = exec;
    exec = (command, signal) => honest({ ...command, input: command.input?.subarray(0, 60_000) }, signal);
    expect(await send(lab.at('half.bin'))).toMatchObject({
      state: 'failed',
      error: { code: 'agent-failed', message: 'The guest did not take the file: 60000 of 100000 bytes came.' },
    });
    expect(inGuest()).toEqual([]);
  });

  it('that is called off leaves nothing', async () => {
    writeFileSync(lab.at('long.bin'), randomBytes(2_000_000));
    const honest = exec;
    exec = async (command, signal) => {
      const outcome = await honest(command, signal);
      if (command.input === undefined) return outcome;
      for (const { id } of await lab.services.jobs.list()) await lab.services.jobs.cancel(id);
      return outcome;
    };
    expect(await send(lab.at('long.bin'))).toMatchObject({ state: 'cancelled' });
    expect(inGuest()).toEqual([]);
  });

  it('that the guest has no room for is told of in its words', async () => {
    writeFileSync(lab.at('a.bin'), 'x');
    const honest = exec;
    exec = (command, signal) =>
      command.input === undefined
        ? honest(command, signal)
        : Promise.resolve({
            exitCode: 1,
            stdout: Buffer.alloc(0),
            stderr: Buffer.from('cat: write error: No space left on device\n'),
            truncated: false,
          });
    expect(await send(lab.at('a.bin'))).toMatchObject({
      state: 'failed',
      error: { message: expect.stringContaining('No space left on device') as string },
    });
    expect(inGuest()).toEqual([]);
  });

  it('is refused at once where it is too long, or a folder', async () => {
    writeFileSync(lab.at('long.img'), '');
    truncateSync(lab.at('long.img'), maxGuestFileBytes + 1);
    await expect(send(lab.at('long.img'))).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(send(lab.at('guest'))).rejects.toMatchObject({ code: 'invalid-input' });
  });

  it('is told of where nobody answers any more', async () => {
    writeFileSync(lab.at('a.bin'), 'x');
    await server[Symbol.asyncDispose]();
    expect(await send(lab.at('a.bin'))).toMatchObject({ state: 'failed', error: { code: 'agent-unavailable' } });
  });
});
