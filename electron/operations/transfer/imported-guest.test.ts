import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Backend } from '../../contract/contract.ts';
import type { Job } from '../../contract/job.ts';
import { cacheFolder } from '../../host/folders.ts';
import { QemuDriver } from '../../hypervisor/qemu/qemu-driver.ts';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { vmIdOf } from '../../library/vm-id.ts';
import { openAllServices } from '../open-services.ts';
import type { LoadedServices } from '../services.ts';

/** A guest boots in software on a slow machine that has other things to do. */
const patience = { timeout: 240_000, interval: 250 };
const context = { signal: new AbortController().signal };
let folder: ReturnType<typeof temporaryFolder>;
let services: LoadedServices;
const at = (...names: string[]): string => path.join(folder.path, ...names);
const ask = (): Backend['handlers'] => services.backend.handlers;

beforeEach(async () => {
  // Short, since a socket's address has 104 bytes at most.
  folder = temporaryFolder('/tmp');
  vi.stubEnv('TATIN_STATE', at('state'));
  vi.stubEnv('TATIN_RUNTIME', at('run'));
  const driver = new QemuDriver({ runtimeFolder: at('run'), cacheFolder: cacheFolder() });
  services = await openAllServices({ home: at('home'), driver });
});
afterEach(async () => {
  for (const vm of await services.machines.list())
    if (vm.kind === 'machine' && vm.state.phase === 'running') await services.machines.forceStop(vm.name);
  await services[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
  folder[Symbol.dispose]();
});

async function done(job: Job): Promise<void> {
  const end = await services.jobs.ended(job.id);
  expect(end.state === 'failed' ? end.error : undefined).toBeUndefined();
}

/** What a program in the guest prints, once its agent answers. */
async function inGuest(name: string, ...command: string[]): Promise<string> {
  const id = vmIdOf(name);
  await expect.poll(() => ask()['machines.agent']({ id }, context), patience).toMatchObject({ available: true });
  return (await ask()['machines.exec']({ id, command }, context)).stdout;
}

async function exportAndImport(format: 'tvm' | 'qcow2', name: string): Promise<void> {
  const file = at(`out.${format}`);
  await done(await ask()['exports.start']({ id: vmIdOf('demo'), path: file, format, overwrite: false }, context));
  const source = { from: 'path' as const, path: file };
  await done(await ask()['imports.start']({ source, name, how: 'copy', memoryBytes: 2 ** 30, start: true }, context));
}

describe('a real guest', () => {
  it('boots after it went out as .tvm and in again, and takes a file', { timeout: 300_000 }, async () => {
    await done(
      await ask()['vms.create']({ name: 'demo', source: { from: 'demo' }, diskFormat: 'raw', start: false }, context),
    );
    await exportAndImport('tvm', 'again');
    const bytes = randomBytes(3_000_000);
    writeFileSync(at('my file.bin'), bytes);
    const source = { from: 'path' as const, path: at('my file.bin') };
    expect(await inGuest('again', 'uname', '-s')).toBe('Linux\n');
    for (const name of ['my file.bin', '2 my file.bin']) {
      await done(await ask()['guestFiles.send']({ id: vmIdOf('again'), source, to: '/tmp' }, context));
      const digest = createHash('sha256').update(bytes).digest('hex');
      expect(await inGuest('again', 'sha256sum', `/tmp/${name}`)).toContain(digest);
    }
    expect(await inGuest('again', 'ls', '/tmp')).not.toContain('.part');
    const nowhere = await ask()['guestFiles.send']({ id: vmIdOf('again'), source, to: '/nowhere' }, context);
    expect(await services.jobs.ended(nowhere.id)).toMatchObject({
      state: 'failed',
      error: { code: 'agent-failed', message: expect.stringContaining('/nowhere') as string },
    });
  });

  it('boots after it went out as qcow2 and in again', { timeout: 300_000 }, async () => {
    await done(
      await ask()['vms.create']({ name: 'demo', source: { from: 'demo' }, diskFormat: 'raw', start: false }, context),
    );
    await exportAndImport('qcow2', 'again');
    expect(await inGuest('again', 'uname', '-s')).toBe('Linux\n');
  });
});
