import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { healthSettingsSchema } from '../../contract/supervision.ts';
import { cacheFolder } from '../../host/folders.ts';
import type { Machine } from '../../hypervisor/machine.ts';
import { QemuDriver } from '../../hypervisor/qemu/qemu-driver.ts';
import { laySavedGuest } from '../../hypervisor/testing/saved-guest.ts';
import { readRunning, runFolderOf, type Running } from '../../hypervisor/shared/run-folder.ts';
import { Library } from '../../library/library.ts';
import { makeVm, temporaryFolder } from '../../library/testing/temporary-home.ts';
import { readUsage } from '../../library/usage-history.ts';
import { readEvents } from '../../library/vm-events.ts';
import { openAllServices } from '../open-services.ts';
import type { LoadedServices } from '../services.ts';

/** A guest boots in software on a slow machine that has other things to do. */
const patience = { timeout: 150_000, interval: 200 };
/** Longer than what is waited for, so that a failure says what was seen last. */
vi.setConfig({ testTimeout: 600_000 });
let folder: ReturnType<typeof temporaryFolder>;
let services: LoadedServices | undefined;
const at = (...names: string[]): string => path.join(folder.path, ...names);

beforeEach(() => {
  // Short, since a socket's address has 104 bytes at most.
  folder = temporaryFolder('/tmp');
  vi.stubEnv('TATIN_STATE', at('state'));
  vi.stubEnv('TATIN_RUNTIME', at('run'));
});
afterEach(async () => {
  for (const vm of (await services?.machines.list()) ?? [])
    if (vm.kind === 'machine' && vm.state.phase === 'running') await services?.machines.forceStop(vm.name);
  await services?.[Symbol.asyncDispose]();
  services = undefined;
  vi.unstubAllEnvs();
  folder[Symbol.dispose]();
});

/** A Tatin that looks after the machines of the test's home. */
async function openTatin(): Promise<LoadedServices> {
  const driver = new QemuDriver({ runtimeFolder: at('run'), cacheFolder: cacheFolder() });
  services = await openAllServices({ home: at('home'), driver, supervise: true });
  return services;
}

const kinds = async (place: string): Promise<string[]> => (await readEvents(place, 20)).map(({ kind }) => kind);

async function processesOf(place: string): Promise<Running> {
  const running = await readRunning(runFolderOf(at('run'), place));
  if (running === undefined) throw new Error('it does not run');
  return running;
}

/** Stops the agent in the guest, by itself: the command that holds it is never answered. */
async function holdAgent({ agent }: Machine): Promise<void> {
  const ignore = { stdout: () => undefined, stderr: () => undefined };
  const answers = (program: string, ...args: string[]): Promise<boolean> =>
    agent.exec({ path: program, args }, ignore, AbortSignal.timeout(10_000)).then(
      () => true,
      () => false,
    );
  // A command without an answer may also be one that never got there.
  do await answers('killall', '-STOP', 'qemu-ga');
  while (await answers('true'));
}

it('A real machine that is killed, or whose host process is, is started again, and one that is stopped is not', async () => {
  const { library, machines } = await openTatin();
  const place = await makeVm(library, 'bare');
  await library.annotate('bare', { restart: 'on-failure' });
  await machines.start('bare');
  const first = await processesOf(place);
  process.kill(first.qemuPid, 'SIGKILL');
  await expect.poll(() => kinds(place), patience).toEqual(['started', 'restarting', 'failed', 'started']);
  const second = await processesOf(place);
  expect(second.qemuPid).not.toBe(first.qemuPid);
  // A machine that ends while it is being started has failed to start, which is noted as one event more.
  await expect.poll(() => machines.get('bare'), patience).toMatchObject({ state: { phase: 'running' } });
  process.kill(second.hostPid, 'SIGKILL');
  // A host process that was killed could note nothing itself.
  await expect
    .poll(() => kinds(place), patience)
    .toEqual(['started', 'restarting', 'started', 'restarting', 'failed', 'started']);
  await expect.poll(async () => (await library.get('bare')).lockPid, patience).toBeDefined();
  await machines.forceStop('bare');
  expect((await readEvents(place, 1))[0]).toMatchObject({ kind: 'stopped', by: 'user' });
});

it('A machine that fails after its Tatin was killed is started again by the next one', async () => {
  const script = `
    const { openAllServices } = await import(${JSON.stringify(path.join(import.meta.dirname, '../open-services.ts'))});
    const services = await openAllServices({ home: process.argv[1], supervise: true });
    services.machines.onChange(() => undefined);
    await services.machines.start('bare');
    process.stdout.write('it runs');
    setInterval(() => undefined, 1000);`;
  const library = await Library.open(at('home'));
  const place = await makeVm(library, 'bare');
  await library.annotate('bare', { restart: 'on-failure' });
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script, at('home')];
  const app = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(app, 'close');
  // A script that ends by itself says nothing.
  const [said] = (await Promise.race([once(app.stdout, 'data'), closed])) as [unknown];
  expect(String(said)).toBe('it runs');
  app.kill('SIGKILL');
  await closed;
  const { qemuPid } = await processesOf(place);
  process.kill(qemuPid, 'SIGKILL');
  await expect.poll(() => kinds(place), patience).toEqual(['failed', 'started']);
  await openTatin();
  await expect.poll(() => kinds(place), patience).toEqual(['started', 'restarting', 'failed', 'started']);
  expect((await processesOf(place)).qemuPid).not.toBe(qemuPid);
});

it('A real guest that hangs is noticed, and one whose agent hangs is turned off and on', async () => {
  const { library, machines } = await openTatin();
  const place = await laySavedGuest(library.home.vmFolder('demo'));
  const check = { check: { by: 'agent' }, intervalSeconds: 1, timeoutSeconds: 3, retries: 2, startSeconds: 600 };
  const settings = healthSettingsSchema.parse(check);
  await library.annotate('demo', { health: settings });
  await machines.start('demo');
  const health = async (): Promise<string | undefined> => {
    const vm = await machines.get('demo');
    return vm.kind === 'machine' ? vm.supervision?.health?.state : undefined;
  };
  await expect.poll(health, patience).toBe('healthy');
  const { qemuPid } = await processesOf(place);
  process.kill(qemuPid, 'SIGSTOP');
  await expect.poll(health, patience).toBe('unhealthy');
  process.kill(qemuPid, 'SIGCONT');
  await expect.poll(health, patience).toBe('healthy');
  expect((await kinds(place)).slice(0, 2)).toEqual(['healthy', 'unhealthy']);

  await library.annotate('demo', { health: { ...settings, onFailure: 'restart' } });
  await expect.poll(health, patience).toBe('healthy');
  await holdAgent(await machines.running('demo'));
  // One that is up again is well again, which may be noted by now.
  const untilUp = async (): Promise<string[]> => {
    const [last, ...before] = await kinds(place);
    return (last === 'healthy' ? before : [last ?? '', ...before]).slice(0, 4);
  };
  await expect.poll(untilUp, patience).toEqual(['started', 'stopped', 'restarting', 'unhealthy']);
  expect((await processesOf(place)).qemuPid).not.toBe(qemuPid);
  expect((await readUsage(place, 'hour')).points.length).toBeGreaterThan(0);
});
