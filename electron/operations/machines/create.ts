import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ParsedInput } from '../../contract/contract.ts';
import { AppError } from '../../contract/errors.ts';
import type { ExtraDisk, GuestArch } from '../../contract/machine.ts';
import type { DemoGuest } from '../../demo-guest/demo-guest.ts';
import { makeAsifDisk, requireAsif } from '../../library/asif-disk.ts';
import type { CreateSpec } from '../../library/library.ts';
import { vmIdOf } from '../../library/vm-id.ts';
import { newMachineDefaults } from '../../settings/new-machine.ts';
import type { LongOperation } from '../operation.ts';
import { startNext } from './start.ts';

export type CreateRequest = ParsedInput<'vms.create'>;

const gigabyte = 1000 ** 3;
/** Enough for the demo guest and what a person does in it, and small enough for any host. */
const demoDefaults = { cpuCount: 2, memoryBytes: 1024 ** 3, diskBytes: 4 * gigabyte };
/** As large as Tart makes a new disk. */
const defaultDiskBytes = 50 * gigabyte;

/** This host's own kind of guest. */
export function hostArch(): GuestArch {
  return process.arch === 'arm64' ? 'arm64' : 'amd64';
}

/** What the library is to make of a request. @throws AppError `file-not-found` for a disc that is not there */
export async function createSpecOf(request: CreateRequest, demoGuest: DemoGuest): Promise<CreateSpec> {
  const { source, name, arch = hostArch(), cpuCount, memoryBytes, diskBytes, display, diskFormat } = request;
  if (diskFormat === 'asif') requireSparseDisk(source.from);
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
    sparseDisk: diskFormat === 'asif' ? makeAsifDisk : undefined,
  };
}

/** @throws AppError `not-supported` where there is no such format, `invalid-input` of the demo guest */
function requireSparseDisk(from: CreateRequest['source']['from']): void {
  requireAsif();
  if (from === 'demo') throw new AppError('invalid-input', 'The demo guest has a raw disk.');
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

/** Makes a VM, and starts it afterwards if asked to. A start of the demo guest takes about as long as its copy. */
export const operation: LongOperation<CreateRequest, void> = {
  kind: 'create',
  async prepare({ library, demoGuest }, request) {
    const spec = await createSpecOf(request, demoGuest);
    library.requireFreeName(request.name);
    return {
      title: `Making ${request.name}`,
      vmId: vmIdOf(request.name),
      run: async (work) => {
        await library.create(spec, work);
      },
      next: request.start ? startNext(request.name, [1, 1]) : undefined,
    };
  },
};
