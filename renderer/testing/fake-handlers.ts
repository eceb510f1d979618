import type { EventName, EventPayload, Handlers } from '../../electron/contract/contract.ts';
import { AppError } from '../../electron/contract/errors.ts';
import { isOpen, jobSchema, type Job } from '../../electron/contract/job.ts';
import type { MachineState, MachineVm, Vm } from '../../electron/contract/machine.ts';
import { checkName, freeName } from '../../electron/contract/vm-names.ts';
import { allowedVerbs, type Verb } from '../../electron/contract/verbs.ts';
import { doctorHandlers } from './fake-doctor.ts';
import { importHandlers } from './fake-imports.ts';
import { imageHandlers } from './fake-images.ts';
import { supervisionHandlers } from './fake-supervision.ts';
import { macHandlers } from './fake-macos.ts';
import { forwardHandlers, networkHandlers } from './fake-network.ts';
import { settingsHandlers } from './fake-settings.ts';
import type { FakeWorld } from './fake-world.ts';
import { machine, running, then } from './fixtures.ts';

type Tell = <N extends EventName>(name: N, payload: EventPayload<N>) => void;

/** Folders of the fake host, as its file chooser sees them. */
const folders: Record<string, { name: string; isFolder: boolean; bytes: number }[]> = {
  '/home/user': [
    { name: 'Downloads', isFolder: true, bytes: 0 },
    { name: 'Projects', isFolder: true, bytes: 0 },
    { name: 'notes.txt', isFolder: false, bytes: 120 },
  ],
  '/home/user/Downloads': [{ name: 'debian-12.iso', isFolder: false, bytes: 660_000_000 }],
  '/home/user/Projects': [],
};

/** The other side of every procedure: it does at once what it is asked, keeps the rules of verbs, and tells what changed. */
export function fakeHandlers(world: FakeWorld, tell: Tell): Handlers {
  return {
    ...libraryHandlers(world, tell),
    ...machineHandlers(world, tell),
    ...otherHandlers(world, tell),
    ...doctorHandlers(world),
    ...networkHandlers(world),
    ...forwardHandlers(
      (id) => machineOf(world, id),
      (vm) => put(world, tell, vm),
    ),
    ...supervisionHandlers(world),
    ...settingsHandlers((report) => tell('settings.changed', { report })),
    ...imageHandlers(
      world.cache,
      (job) => add(world, tell, job),
      (images) => tell('images.replaced', { images }),
    ),
    ...importHandlers(world, (job) => add(world, tell, job)),
    ...macHandlers(world.macs, (job) => add(world, tell, job)),
  };
}

function get(world: FakeWorld, id: string): Vm {
  const vm = world.vms.get(id);
  if (vm === undefined) throw new AppError('vm-not-found', 'There is no such machine any more.');
  return vm;
}

function machineOf(world: FakeWorld, id: string): MachineVm {
  const vm = get(world, id);
  if (vm.kind === 'unreadable') throw new AppError('vm-unreadable', vm.reason);
  return vm;
}

function put<V extends Vm>(world: FakeWorld, tell: Tell, vm: V): V {
  world.vms.set(vm.id, vm);
  tell('vm.changed', { vm });
  return vm;
}

function add(world: FakeWorld, tell: Tell, job: Job): Job {
  world.jobs.set(job.id, job);
  tell('job.changed', { job });
  return job;
}

function done(kind: Job['kind'], title: string, vmId: string, number: number): Job {
  return { id: `job-${number}`, kind, title, vmId, state: 'succeeded', createdAt: then, endedAt: then };
}

/** Names that differ in case alone are one folder on a Mac. */
function isTaken(world: FakeWorld, name: string): boolean {
  return [...world.vms.values()].some((vm) => vm.name.toLowerCase() === name.toLowerCase());
}

function requireName(world: FakeWorld, name: string): void {
  const reason = checkName(name);
  if (reason !== undefined) throw new AppError('name-not-allowed', reason);
  if (isTaken(world, name)) throw new AppError('vm-exists', `There is a virtual machine named "${name}" already.`);
}

type LibraryHandlers = Pick<Handlers, Extract<keyof Handlers, `vms.${string}`>>;

function libraryHandlers(world: FakeWorld, tell: Tell): LibraryHandlers {
  const remove = (id: string): void => {
    world.vms.delete(id);
    tell('vm.removed', { id });
  };
  return {
    'vms.events': async ({ max }) => await Promise.resolve(world.events.slice(0, max)),
    'vms.list': async () => await Promise.resolve([...world.vms.values()]),
    'vms.get': async ({ id }) => await Promise.resolve(get(world, id)),
    'vms.checkName': async ({ name }) => {
      const reason = checkName(name);
      return await Promise.resolve(reason === undefined ? {} : { reason });
    },
    'vms.suggestName': async ({ suggestion }) =>
      await Promise.resolve({ name: freeName(suggestion, (name) => isTaken(world, name)) }),
    'vms.create': async ({ name, start, source, ...given }) => {
      requireName(world, name);
      const made = machine(name, {
        ...(given.cpuCount === undefined ? {} : { cpuCount: given.cpuCount }),
        ...(given.memoryBytes === undefined ? {} : { memoryBytes: given.memoryBytes }),
        ...(given.diskBytes === undefined ? {} : { diskBytes: given.diskBytes }),
        state: start ? running : { phase: 'stopped' },
      });
      put(world, tell, made);
      return await Promise.resolve(
        add(world, tell, done('create', `Making ${name} (${source.from})`, made.id, world.jobs.size)),
      );
    },
    'vms.clone': async ({ id, name }) => {
      requireName(world, name);
      const copy = put(world, tell, { ...machineOf(world, id), ...machine(name) });
      return await Promise.resolve(add(world, tell, done('clone', `Duplicating ${name}`, copy.id, world.jobs.size)));
    },
    'vms.rename': async ({ id, name }) => {
      requireName(world, name);
      const vm = get(world, id);
      remove(id);
      return await Promise.resolve(put(world, tell, { ...vm, id: `local:${name}`, name }));
    },
    'vms.delete': async ({ id }) => {
      get(world, id);
      remove(id);
      await Promise.resolve();
    },
    'vms.configure': async ({ id, randomMac, cpuCount, memoryBytes, diskBytes, display }) => {
      const vm = machineOf(world, id);
      if (!allowedVerbs(vm).has('configure')) throw new AppError('vm-running', 'Shut it down first.');
      return await Promise.resolve(
        put(world, tell, {
          ...vm,
          cpuCount: cpuCount ?? vm.cpuCount,
          memoryBytes: memoryBytes ?? vm.memoryBytes,
          diskBytes: diskBytes ?? vm.diskBytes,
          display: display ?? vm.display,
          macAddress: randomMac === true ? '52:54:00:65:43:21' : vm.macAddress,
        }),
      );
    },
    'vms.replaceDisk': async ({ id }) => {
      const { name } = machineOf(world, id);
      return await Promise.resolve(
        add(world, tell, done('replace-disk', `Replacing the disk of ${name}`, id, world.jobs.size)),
      );
    },
    'vms.annotate': async ({ id, annotations }) => {
      const vm = machineOf(world, id);
      const given = Object.fromEntries(Object.entries(annotations).filter(([, value]) => value !== undefined));
      return await Promise.resolve(put(world, tell, { ...vm, annotations: { ...vm.annotations, ...given } }));
    },
    'vms.pathsToAllow': async () => await Promise.resolve([...world.pathsToAllow]),
    'vms.allowPaths': async ({ id }) => {
      world.pathsToAllow.length = 0;
      return await Promise.resolve(get(world, id));
    },
    'vms.picture': async () => await Promise.resolve(null),
  };
}

type MachineHandlers = Pick<Handlers, Extract<keyof Handlers, `machines.${string}`>>;

function machineHandlers(world: FakeWorld, tell: Tell): MachineHandlers {
  const to =
    (verb: Verb, state: MachineState) =>
    async ({ id }: { id: string }): Promise<Vm> => {
      const vm = machineOf(world, id);
      if (!allowedVerbs(vm).has(verb)) throw new AppError('state-not-allowed', `Not while ${vm.state.phase}.`);
      return await Promise.resolve(put(world, tell, { ...vm, state }));
    };
  return {
    'machines.start': to('start', running),
    'machines.shutDown': to('shutDown', { phase: 'stopping', since: then, how: 'asked' }),
    'machines.forceStop': to('forceStop', { phase: 'stopped' }),
    'machines.stop': async ({ id }) => {
      await to('forceStop', { phase: 'stopped' })({ id });
      return { outcome: 'turned-off' };
    },
    'machines.reset': to('reset', running),
    'machines.pause': to('pause', { phase: 'paused', since: then }),
    'machines.resume': to('resume', running),
    'machines.suspend': to('suspend', { phase: 'suspended', since: then }),
    'machines.discardSuspended': to('discardSuspended', { phase: 'stopped' }),
    'machines.usage': async ({ id }) => {
      const { memoryBytes } = machineOf(world, id);
      return await Promise.resolve([{ at: then, cpuFraction: 0.31, memoryBytes: memoryBytes / 2 }]);
    },
    'machines.address': async ({ id }) => {
      const { address } = machineOf(world, id);
      if (address === undefined) throw new AppError('no-address', 'It has no address yet.');
      return await Promise.resolve(address);
    },
    'machines.exec': async () => await Promise.resolve({ exitCode: 0, stdout: '', stderr: '' }),
    'machines.agent': async () => await Promise.resolve({ available: true }),
  };
}

type OtherHandlers = Pick<Handlers, Extract<keyof Handlers, `jobs.${string}` | `host.${string}`>>;

function otherHandlers(world: FakeWorld, tell: Tell): OtherHandlers {
  /** A job goes into another state: the schema keeps what that state has. */
  const enter = async (jobId: string, state: Partial<Job>): Promise<Job> =>
    await Promise.resolve(add(world, tell, jobSchema.parse({ ...jobOf(jobId), ...state })));
  const jobOf = (jobId: string): Job => {
    const job = world.jobs.get(jobId);
    if (job === undefined) throw new AppError('job-not-found', 'There is no such job any more.');
    return job;
  };
  return {
    'jobs.list': async () => await Promise.resolve([...world.jobs.values()]),
    'jobs.cancel': async ({ jobId }) => {
      await enter(jobId, { state: 'cancelled', endedAt: then, canRetry: false });
    },
    'jobs.pause': async ({ jobId }) => {
      await enter(jobId, { state: 'paused' });
    },
    'jobs.resume': async ({ jobId }) => {
      await enter(jobId, { state: 'running', canPause: true });
    },
    'jobs.retry': async ({ jobId }) => await enter(jobId, { state: 'running' }),
    'jobs.dismiss': async ({ jobId }) => {
      const gone = [...world.jobs.values()].filter((job) => job.id === jobId || (jobId === undefined && !isOpen(job)));
      for (const { id } of gone) {
        world.jobs.delete(id);
        tell('job.removed', { jobId: id });
      }
      await Promise.resolve();
    },
    'host.get': async () => await Promise.resolve(world.host),
    'host.reportPageError': async () => {},
    'host.listFolder': async ({ path, extensions }) => {
      const found = folders[path];
      if (found === undefined) throw new AppError('file-not-found', `There is no folder ${path}.`);
      const entries = found
        .filter(({ name, isFolder }) => isFolder || extensions.some((extension) => name.endsWith(extension)))
        .map((entry) => ({ ...entry, path: `${path}/${entry.name}` }));
      const parent = path.slice(0, path.lastIndexOf('/'));
      return await Promise.resolve({ path, ...(parent in folders ? { parent } : {}), entries });
    },
  };
}
