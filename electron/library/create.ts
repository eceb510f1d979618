import { mkdir, open, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import type { Annotations, Display, GuestArch } from '../contract/machine.ts';
import { annotationsSchema } from '../contract/machine.ts';
import { noAnnotations, printAnnotations } from './annotations.ts';
import { type VmConfig, printConfig } from './config.ts';
import { confirmedDocument, confirmedKey, pathsGiven } from './confirmed-paths.ts';
import { guestSizes, minMemoryBytes } from './guest-sizes.ts';
import type { Home } from './home.ts';
import { tartFiles, tatinFiles } from './layout.ts';
import { withHomeLock } from '../files/locks.ts';
import { randomMac } from './macs.ts';
import { Staging } from './staging.ts';
import type { Work } from '../jobs/work.ts';

/** What a new VM is to be. Only Linux: a macOS guest is installed, which is another job. */
export interface CreateSpec {
  readonly name: string;
  readonly os: 'linux';
  /** Default: the host's. */
  readonly arch?: GuestArch | undefined;
  /** Default: 4, or as many as the host has. */
  readonly cpuCount?: number | undefined;
  /** Default: 4 GiB, or half of the host's memory. */
  readonly memoryBytes?: number | undefined;
  /** Length of the disk; rounded up to whole sectors. Of a `fill`, the least length. */
  readonly diskBytes: number;
  readonly display?: Display | undefined;
  readonly annotations?: Partial<Annotations> | undefined;
  /** Makes the disk in Apple's sparse format, of that many bytes; default: a raw one. It is never filled. */
  readonly sparseDisk?: ((file: string, bytes: number, signal: AbortSignal) => Promise<void>) | undefined;
  /** Writes what the disk begins with into `disk.path`, which exists, empty and of the asked length. */
  readonly fill?: ((disk: { path: string; folder: string }, work: Work) => Promise<void>) | undefined;
}

const sectorBytes = 512;

/**
 * Builds a VM aside and moves it into place in one step. `takenMacs` is asked under the home lock.
 * @throws AppError `invalid-input`, `vm-exists`, `no-space`, `cancelled`, and whatever `fill` throws
 */
export async function createVm(
  home: Home,
  spec: CreateSpec,
  takenMacs: () => Promise<ReadonlySet<string>>,
  work: Work,
): Promise<void> {
  const config = newConfig(spec);
  const annotations = parseAnnotations(spec.annotations);
  work.signal.throwIfAborted();
  await using staging = await Staging.make(home);
  const file = (leaf: string) => path.join(staging.folder, leaf);
  await makeDisk(file(tartFiles.disk), spec, work);
  // Only Virtualization.framework can make a real store, and it makes one where it finds this. QEMU keeps its own
  // beside it. An empty file says so to both, and Tart's layout asks for one.
  await writeFile(file(tartFiles.nvram), '', { flag: 'wx' });
  await mkdir(home.vms, { recursive: true, mode: 0o700 });
  await withHomeLock(
    home,
    async () => {
      const placed = { ...config, macAddress: randomMac(await takenMacs()) };
      await writeFile(file(tartFiles.config), printConfig(placed), { flush: true });
      if (annotations !== undefined) {
        // Who makes a machine with a disc has chosen the disc.
        const confirmed = confirmedDocument(await pathsGiven(staging.folder, annotations), placed.macAddress);
        const more = confirmed === undefined ? {} : { [confirmedKey]: confirmed };
        await writeFile(file(tatinFiles.annotations), printAnnotations(annotations, more));
      }
      await utimes(staging.folder, new Date(), new Date());
      work.signal.throwIfAborted();
      await staging.moveTo(home.vmFolder(spec.name));
    },
    work.signal,
  );
}

function newConfig(spec: CreateSpec): VmConfig {
  const sizes = guestSizes(spec);
  if (!Number.isSafeInteger(sizes.cpuCount) || sizes.cpuCount < 1)
    throw new AppError('invalid-input', 'A virtual machine needs at least one CPU.');
  if (!Number.isSafeInteger(sizes.memorySize) || sizes.memorySize < minMemoryBytes)
    throw new AppError('invalid-input', 'A virtual machine needs at least 64 MB of memory.');
  if (!Number.isSafeInteger(spec.diskBytes) || spec.diskBytes < sectorBytes)
    throw new AppError('invalid-input', 'The size of the disk must be a whole number of bytes, at least 512.');
  return {
    version: 1,
    os: spec.os,
    arch: spec.arch ?? (process.arch === 'arm64' ? 'arm64' : 'amd64'),
    ...sizes,
    macAddress: randomMac(),
    display: spec.display ?? { width: 1024, height: 768 },
    diskFormat: spec.sparseDisk === undefined ? 'raw' : 'asif',
  };
}

function parseAnnotations(given: Partial<Annotations> | undefined): Annotations | undefined {
  if (given === undefined) return undefined;
  const parsed = annotationsSchema.safeParse({ ...noAnnotations(), ...given });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new AppError('invalid-input', `${issue?.path.join('.') ?? 'annotations'}: ${issue?.message ?? 'not allowed'}`);
}

async function makeDisk(diskPath: string, spec: CreateSpec, work: Work): Promise<void> {
  const min = Math.ceil(spec.diskBytes / sectorBytes) * sectorBytes;
  if (spec.sparseDisk !== undefined) {
    await spec.sparseDisk(diskPath, min, work.signal);
    return;
  }
  const handle = await open(diskPath, 'wx');
  try {
    await handle.truncate(min);
  } finally {
    await handle.close();
  }
  if (spec.fill === undefined) return;
  await spec.fill({ path: diskPath, folder: path.dirname(diskPath) }, work);
  const { size } = await stat(diskPath);
  const wanted = Math.max(min, Math.ceil(size / sectorBytes) * sectorBytes);
  if (size !== wanted) await truncate(diskPath, wanted);
}
