import { open, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import type { Display } from '../contract/machine.ts';
import { noAnnotations, printAnnotations } from '../library/annotations.ts';
import type { VmConfig } from '../library/config.ts';
import type { Home } from '../library/home.ts';
import { tartFiles, tatinFiles } from '../library/layout.ts';
import { randomMac } from '../library/macs.ts';
import type { Library } from '../library/library.ts';
import type { LibraryVm } from '../library/vm.ts';
import type { Work } from '../jobs/work.ts';
import { partsOf } from '../jobs/weighted-parts.ts';

/** What an image says of itself, as the hypervisor reads it. */
export interface MacImage {
  readonly version: string;
  readonly build: string;
  readonly requirements: { readonly hardwareModel: string; readonly cpuCount: number; readonly memoryBytes: number };
}

/** What only the hypervisor can do for a new macOS machine. */
export interface MacSetup {
  /** @throws AppError `image-damaged`, `image-not-supported` */
  readImage(file: string, signal: AbortSignal): Promise<MacImage>;
  /** Makes the machine's NVRAM, and an identity for it. */
  prepare(nvram: string, hardwareModel: string): { ecid: string };
  /** Installs from the image; resolves when the machine could start. */
  install(folder: string, config: VmConfig, image: string, work: Work): Promise<void>;
}

/** Apple's newest macOS for a Mac, and where its image is. */
export interface LatestMac {
  readonly version: string;
  readonly build: string;
  readonly url: string;
}

export interface MacSpec {
  readonly name: string;
  readonly diskBytes: number;
  /** Default: 4, or what the image asks for. */
  readonly cpuCount?: number | undefined;
  /** Default: what the image asks for. */
  readonly memoryBytes?: number | undefined;
  readonly display?: Display | undefined;
  /** Makes the disk in Apple's sparse format, of that many bytes; default: a raw one. */
  readonly sparseDisk?: ((file: string, bytes: number, signal: AbortSignal) => Promise<void>) | undefined;
  /** Gives what the image asks for where the request has less, instead of refusing it. */
  readonly raisesToMinimum?: boolean | undefined;
}

const defaultCpuCount = 4;
const sectorBytes = 512;
/** What an installed macOS takes at the least; an image's own length is nearly as much. */
export const installedBytes = 20e9;

/**
 * Makes a macOS machine from an image: aside, whole or not at all.
 * @throws AppError `image-damaged`, `image-not-supported`, `invalid-input`, `no-space`, `name-not-allowed`, `vm-exists`,
 * `cancelled`, and what an installation fails with
 */
export async function installMac(
  library: Library,
  spec: MacSpec,
  image: string,
  setup: MacSetup,
  work: Work,
): Promise<LibraryVm> {
  const [reading, installing] = partsOf(work, [1, 99]);
  reading.progress({ step: 'Reading the image' });
  const offer = await setup.readImage(image, work.signal);
  const config = configFor(spec, offer);
  await checkSpace(library.home, spec);
  const fill = async (folder: string): Promise<VmConfig> => {
    await makeDisk(path.join(folder, tartFiles.disk), spec, work.signal);
    const { hardwareModel } = offer.requirements;
    const { ecid } = setup.prepare(path.join(folder, tartFiles.nvram), hardwareModel);
    const whole = { ...config, ecid, hardwareModel };
    installing.progress({ step: `Installing macOS ${offer.version}`, fraction: 0 });
    await setup.install(folder, whole, image, installing);
    const annotations = { ...noAnnotations(), system: `macOS ${offer.version}` };
    await writeFile(path.join(folder, tatinFiles.annotations), printAnnotations(annotations));
    return whole;
  };
  return await library.assemble(spec.name, fill, work);
}

function configFor(spec: MacSpec, { requirements }: MacImage): VmConfig {
  const raise = (requested: number, min: number): number =>
    spec.raisesToMinimum === true ? Math.max(requested, min) : requested;
  const cpuCount = raise(spec.cpuCount ?? Math.max(defaultCpuCount, requirements.cpuCount), requirements.cpuCount);
  const memorySize = raise(spec.memoryBytes ?? requirements.memoryBytes, requirements.memoryBytes);
  if (cpuCount < requirements.cpuCount)
    throw new AppError('invalid-input', `This macOS needs at least ${requirements.cpuCount} CPUs.`);
  if (memorySize < requirements.memoryBytes)
    throw new AppError(
      'invalid-input',
      `This macOS needs at least ${requirements.memoryBytes / 1024 ** 2} MB of memory.`,
    );
  return {
    version: 1,
    os: 'darwin',
    arch: 'arm64',
    cpuCountMin: requirements.cpuCount,
    cpuCount,
    memorySizeMin: requirements.memoryBytes,
    memorySize,
    macAddress: randomMac(),
    display: spec.display ?? { width: 1024, height: 768 },
    diskFormat: spec.sparseDisk === undefined ? 'raw' : 'asif',
  };
}

async function checkSpace(home: Home, { diskBytes }: MacSpec): Promise<void> {
  if (diskBytes < installedBytes)
    throw new AppError('disk-too-small', 'macOS needs a disk of at least 20 GB.', { hint: '50 GB is usual.' });
  // Before the first machine there may be no home yet.
  const space = await statfs(home.path).catch(() => undefined);
  if (space === undefined || space.bavail * space.bsize >= installedBytes) return;
  throw new AppError('no-space', 'There is no room for an installed macOS, which takes some 20 GB.', {
    hint: 'Make room on the disk of the library.',
    retry: true,
  });
}

async function makeDisk(file: string, { diskBytes, sparseDisk }: MacSpec, signal: AbortSignal): Promise<void> {
  const bytes = Math.ceil(diskBytes / sectorBytes) * sectorBytes;
  if (sparseDisk !== undefined) {
    await sparseDisk(file, bytes, signal);
    return;
  }
  const handle = await open(file, 'wx');
  try {
    await handle.truncate(bytes);
  } finally {
    await handle.close();
  }
}
