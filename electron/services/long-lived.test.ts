import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { cacheFolder } from '../host/folders.ts';
import { QemuDriver } from '../hypervisor/qemu/qemu-driver.ts';
import { readRunning, runFolderOf } from '../hypervisor/qemu/run-folder.ts';
import { makeVm, temporaryFolder } from '../library/testing/temporary-home.ts';
import { readEvents } from '../library/vm-events.ts';
import { createServices } from './services.ts';

const patience = { timeout: 60_000 };

it('A real machine that is killed, or whose host process is, is started again, and one that is stopped is not', async () => {
  // Short, since a socket's address has 104 bytes at most.
  using folder = temporaryFolder('/tmp');
  const runtimeFolder = path.join(folder.path, 'run');
  vi.stubEnv('TATIN_STATE', path.join(folder.path, 'state'));
  vi.stubEnv('TATIN_RUNTIME', runtimeFolder);
  const driver = new QemuDriver({ runtimeFolder, cacheFolder: cacheFolder() });
  await using services = await createServices({ home: path.join(folder.path, 'home'), driver, supervise: true });
  const place = await makeVm(services.library, 'bare');
  await services.library.annotate('bare', { restart: 'on-failure' });
  await services.machines.start('bare');
  const pids = async () => await readRunning(runFolderOf(runtimeFolder, place));
  const kinds = async () => (await readEvents(place, 20)).map(({ kind }) => kind);
  try {
    const first = await pids();
    if (first === undefined) throw new Error('it does not run');
    process.kill(first.qemuPid, 'SIGKILL');
    await expect.poll(kinds, patience).toEqual(['started', 'restarting', 'failed', 'started']);
    const second = await pids();
    if (second === undefined) throw new Error('it does not run');
    expect(second.qemuPid).not.toBe(first.qemuPid);
    process.kill(second.hostPid, 'SIGKILL');
    // A host process that was killed could note nothing itself.
    await expect.poll(kinds, patience).toEqual(['started', 'restarting', 'started', 'restarting', 'failed', 'started']);
  } finally {
    await expect.poll(async () => (await services.library.get('bare')).lockPid, patience).toBeDefined();
    await services.machines.forceStop('bare');
  }
  expect((await readEvents(place, 1))[0]).toMatchObject({ kind: 'stopped', by: 'user' });
  vi.unstubAllEnvs();
});
