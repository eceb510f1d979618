import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Backend } from '../../contract/contract.ts';
import { isOpen, type Job } from '../../contract/job.ts';
import type { MachineVm, Vm } from '../../contract/machine.ts';
import { QemuDriver } from '../../hypervisor/qemu/qemu-driver.ts';
import { cacheFolder } from '../../host/folders.ts';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { openAllServices } from '../open-services.ts';
import type { LoadedServices } from '../services.ts';

/** A guest boots in software on a slow machine that has other things to do. */
const patience = { timeout: 240_000, interval: 250 };
const id = 'local:demo';
let folder: ReturnType<typeof temporaryFolder>;
let services: LoadedServices;

beforeEach(async () => {
  // Short, since a socket's address has 104 bytes at most.
  folder = temporaryFolder('/tmp');
  vi.stubEnv('TATIN_STATE', path.join(folder.path, 'state'));
  vi.stubEnv('TATIN_RUNTIME', path.join(folder.path, 'run'));
  services = await open();
});
afterEach(async () => {
  for (const vm of await services.machines.list())
    if (vm.kind === 'machine' && vm.state.phase === 'running') await services.machines.forceStop(vm.name);
  await services[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
  folder[Symbol.dispose]();
});

const open = (): Promise<LoadedServices> =>
  openAllServices({
    home: path.join(folder.path, 'home'),
    driver: new QemuDriver({ runtimeFolder: path.join(folder.path, 'run'), cacheFolder: cacheFolder() }),
  });

/** As an app that was closed and opened again. */
async function reopen(): Promise<void> {
  await services[Symbol.asyncDispose]();
  services = await open();
}

const context = { signal: new AbortController().signal };
const ask = (): Backend['handlers'] => services.backend.handlers;

async function state(): Promise<MachineVm['state']> {
  const vm: Vm = await ask()['vms.get']({ id, from: 'machines', markUsed: false }, context);
  if (vm.kind !== 'machine') throw new Error(vm.reason);
  return vm.state;
}

/** What the serial port said and says, until it says `wanted`. */
async function serialUntil(wanted: string): Promise<string> {
  const channel = await services.backend.openChannel('serial', { id }, context.signal);
  let said = '';
  const heard = Promise.withResolvers<undefined>();
  channel.onData((bytes) => {
    said += Buffer.from(bytes).toString('latin1');
    if (said.includes(wanted)) heard.resolve(undefined);
  });
  channel.onClose((reason) => heard.reject(new Error(`The serial port ended: ${reason ?? ''}\n${said.slice(-2000)}`)));
  await heard.promise;
  channel.close();
  return said;
}

describe('the services over a real guest', () => {
  it(
    'make the demo guest and run it from its first boot to its end, across restarts of the app',
    { timeout: 900_000 },
    async () => {
      const addresses: (string | undefined)[] = [];
      const steps = new Set<string | undefined>();
      services.backend.subscribe((name, payload) => {
        if (name === 'vm.changed' && 'vm' in payload && payload.vm.kind === 'machine')
          addresses.push(payload.vm.address?.source);
        if (name === 'job.changed' && 'job' in payload && isOpen(payload.job)) steps.add(payload.job.step);
      });
      const source = { from: 'demo' } as const;
      const job: Job = await ask()['vms.create']({ name: 'demo', source, diskFormat: 'raw', start: true }, context);
      expect(await services.jobs.ended(job.id)).toMatchObject({ state: 'succeeded' });
      expect(steps).toContain('Starting');
      expect(await ask()['vms.get']({ id, from: 'machines', markUsed: false }, context)).toMatchObject({
        annotations: { system: 'Demo Linux 1' },
        state: { phase: 'running', owner: 'tatin' },
      });
      await serialUntil('demo: up');
      await vi.waitFor(() => expect(addresses).toContain('agent'), patience);
      const picture = await ask()['vms.picture']({ id, maxWidth: 480, live: false }, context);
      expect(picture?.width).toBeLessThanOrEqual(480);

      await reopen();
      expect(await state()).toMatchObject({ phase: 'running', owner: 'tatin' });
      const run = ask()['machines.exec'];
      expect(await run({ id, command: ['sh', '-c', 'echo kept > /run/kept; uname -s'] }, context)).toMatchObject({
        exitCode: 0,
        stdout: 'Linux\n',
      });
      await ask()['machines.suspend']({ id }, context);
      expect(await state()).toMatchObject({ phase: 'suspended' });
      expect(await ask()['vms.picture']({ id, maxWidth: 480, live: false }, context)).not.toBeNull();

      await reopen();
      await ask()['machines.start']({ id }, context);
      const kept = await ask()['machines.exec']({ id, command: ['cat', '/run/kept'] }, context);
      expect(kept.stdout).toBe('kept\n');
      await expect(ask()['vms.delete']({ id, permanently: true }, context)).rejects.toMatchObject({
        code: 'vm-running',
      });
      await ask()['machines.shutDown']({ id }, context);
      await vi.waitFor(async () => expect(await state()).toEqual({ phase: 'stopped' }), patience);
      await ask()['vms.delete']({ id, permanently: true }, context);
      expect(await ask()['vms.list']({ from: 'machines' }, context)).toEqual([]);
    },
  );
});
