import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ParsedInput } from '../../contract/contract.ts';
import { AppError } from '../../contract/errors.ts';
import type { Job } from '../../contract/job.ts';
import type { ExtraDisk, GuestArch } from '../../contract/machine.ts';
import type { DemoGuest } from '../../demo-guest/demo-guest.ts';
import type { JobList } from '../../jobs/job-list.ts';
import { partsOf } from '../../jobs/weighted-parts.ts';
import type { CreateSpec, Library } from '../../library/library.ts';
import { vmIdOf } from '../../library/vm-id.ts';
import { newMachineDefaults } from '../../settings/new-machine.ts';
import { local } from './local-names.ts';
import type { MachineService } from './machine-service.ts';

export type CreateRequest = ParsedInput<'vms.create'>;

const gigabyte = 1000 ** 3;
/** Enough for the demo guest and what a person does in it, and small enough for any host. */
const demoDefaults = { cpuCount: 2, memoryBytes: 1024 ** 3, diskBytes: 4 * gigabyte };
/** As large as Tart makes a new disk. */
const defaultDiskBytes = 50 * gigabyte;

/** A start of the demo guest takes about as long as its copy: up to its CPUs, not to its login. */
const startWeights = [1, 1] as const;

export interface CreationRooms {
  readonly library: Library;
  readonly jobs: JobList;
  readonly demoGuest: DemoGuest;
  readonly machines: MachineService;
}

/** This host's own kind of guest. */
export function hostArch(): GuestArch {
  return process.arch === 'arm64' ? 'arm64' : 'amd64';
}

/** What the library is to make of a request. @throws AppError `file-not-found` for a disc that is not there */
export async function createSpecOf(request: CreateRequest, demoGuest: DemoGuest): Promise<CreateSpec> {
  const { source, name, arch = hostArch(), cpuCount, memoryBytes, diskBytes, display } = request;
  const common = { name, os: 'linux' as const, arch, display };
  if (source.from === 'demo')
    return {
      ...common,
      cpuCount: cpuCount ?? demoDefaults.cpuCount,
      memoryBytes: memoryBytes ?? demoDefaults.memoryBytes,
      diskBytes: diskBytes ?? demoDefaults.diskBytes,
      annotations: { system: await demoGuest.systemName() },
      fill: demoGuest.fill(arch),
    };
  const extraDisks = source.from === 'iso' ? [await installerDisc(source.isoPath)] : [];
  const usual = newMachineDefaults();
  return {
    ...{ ...common, display: display ?? usual.display },
    cpuCount: cpuCount ?? usual.cpuCount,
    memoryBytes: memoryBytes ?? usual.memoryBytes,
    diskBytes: diskBytes ?? usual.diskBytes ?? defaultDiskBytes,
    annotations: { system: 'Linux', extraDisks },
  };
}

async function installerDisc(isoPath: string): Promise<ExtraDisk> {
  if (!path.isAbsolute(isoPath))
    throw new AppError('invalid-input', 'The installer disc must be named by its whole path.');
  const status = await stat(isoPath).catch((error: unknown) => {
    throw new AppError('file-not-found', `There is no disc image at ${isoPath}, or it can’t be read.`, {
      cause: error,
    });
  });
  if (!status.isFile() || status.size === 0) throw new AppError('invalid-input', `${isoPath} is not a disc image.`);
  return { path: isoPath, readOnly: true };
}

/** Makes a VM as a job, and starts it afterwards if asked to. What is wrong with the request is thrown at once. */
export async function createVm(rooms: CreationRooms, request: CreateRequest): Promise<Job> {
  const { library, jobs, machines } = rooms;
  const spec = await createSpecOf(request, rooms.demoGuest);
  library.requireFreeName(request.name);
  return jobs.start({
    kind: 'create',
    title: `Making ${request.name}`,
    vmId: vmIdOf(request.name),
    request: { procedure: 'vms.create', input: request },
    run: async (work, askNext) => {
      const [making, starting] = request.start ? partsOf(work, startWeights) : [work];
      await library.create(spec, making);
      if (starting === undefined) return;
      // It is made now, so what can be tried again is the start.
      askNext({ procedure: 'machines.start', input: { id: vmIdOf(request.name) } });
      starting.progress({ step: 'Starting' });
      await machines.start(request.name, {}, starting.signal);
    },
  });
}

/** Starts a VM as a job: what is left of one that made it and could not start it. */
export async function startVm(rooms: CreationRooms, request: ParsedInput<'machines.start'>): Promise<Job> {
  const { library, jobs, machines } = rooms;
  const { name } = await library.get(local(request.id));
  return jobs.start({
    kind: 'start',
    title: `Starting ${name}`,
    vmId: request.id,
    request: { procedure: 'machines.start', input: request },
    run: async ({ signal }) => {
      await machines.start(name, {}, signal);
    },
  });
}

/** Duplicates a VM as a job. */
export async function cloneVm(rooms: CreationRooms, request: ParsedInput<'vms.clone'>): Promise<Job> {
  const { library, jobs } = rooms;
  const source = local(request.id);
  await library.get(source);
  library.requireFreeName(request.name);
  return jobs.start({
    kind: 'clone',
    title: `Duplicating ${source} as ${request.name}`,
    vmId: vmIdOf(request.name),
    request: { procedure: 'vms.clone', input: request },
    run: async (work) => {
      await library.clone(source, request.name, work);
    },
  });
}
