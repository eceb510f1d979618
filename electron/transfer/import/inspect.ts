import { realpath, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { ImportReport } from '../../contract/imports.ts';
import type { GuestArch, GuestOs } from '../../contract/machine.ts';
import { cloneFile } from '../../files/posix.ts';
import { tartFiles } from '../../library/layout.ts';
import type { Library } from '../../library/library.ts';
import { freeBytes } from '../../files/space.ts';
import { Staging } from '../../library/staging.ts';
import { suggestedNameOf } from './disk-files.ts';
import { openPart, type Part } from './door.ts';
import { findMachine } from './find-machine.ts';
import { type ImportPlan, originalOf } from './import-plan.ts';
import { NotImportable } from './not-importable.ts';

export interface InspectOptions {
  readonly library: Library;
  /** Why a guest can't run on this host, if so. */
  readonly whyNotRunnable: (os: GuestOs, arch: GuestArch) => Promise<string | undefined>;
}

/**
 * Says what a file or a folder is and what an import would make of it, also of what can't be imported.
 * @throws AppError `file-not-found`, `file-not-allowed`, `invalid-input` for a path that is not absolute
 */
export async function inspectImport(options: InspectOptions, file: string, signal: AbortSignal): Promise<ImportReport> {
  const name = path.basename(file);
  try {
    await refuseOwn(options.library, file);
    const found = await findMachine(file, signal);
    switch (found.is) {
      case 'machine':
        return await reportMachine(options, found.plan, name);
      case 'installer': {
        const { label, arch } = found.disc;
        const title = label === '' ? 'Installer disc' : `Installer disc “${label}”`;
        const suggestedName = await options.library.suggestName(suggestedNameOf(file));
        return {
          result: 'installer',
          name,
          title,
          isoPath: file,
          suggestedName,
          ...known({ arch }),
          bytes: found.bytes,
        };
      }
      case 'restore-image': {
        const { title, version, build } = found.image;
        return { result: 'restore-image', name, title, path: file, version, build, ...whyNotInstallable(found.image) };
      }
      case 'several':
        return {
          result: 'several',
          name,
          title: 'Folder',
          sources: found.paths.map((one) => ({ from: 'path', path: one })),
          othersCount: found.othersCount,
        };
    }
  } catch (error) {
    if (error instanceof NotImportable)
      return { result: 'refused', name, title: error.title, error: { ...error.toInfo(), message: error.reason } };
    throw error;
  }
}

/** A machine of this library is duplicated, not imported. @throws NotImportable */
export async function refuseOwn({ home }: Library, file: string): Promise<void> {
  if (!path.isAbsolute(file)) throw new AppError('invalid-input', 'What is imported must be named by its whole path.');
  const [real, vms] = await Promise.all([file, home.vms].map((one) => realpath(one).catch(() => one)));
  if (real === undefined || vms === undefined || !`${real}/`.startsWith(`${vms}/`)) return;
  throw new NotImportable('Virtual machine of this library', 'not-supported', 'It is in the library already.', {
    hint: 'Duplicate it there to have another one like it.',
  });
}

function whyNotInstallable(image: { isForVirtualMac: boolean }): { notInstallable?: ReturnType<AppError['toInfo']> } {
  if (!image.isForVirtualMac)
    return {
      notInstallable: new AppError('image-not-supported', 'It is not for virtual Macs.', {
        hint: 'Get the one that Apple offers as “UniversalMac”.',
      }).toInfo(),
    };
  if (process.platform === 'darwin' && process.arch === 'arm64') return {};
  return {
    notInstallable: new AppError('not-supported', 'macOS guests need a Mac with Apple silicon.', {
      hint: 'Import it there. Linux guests can be made on this computer.',
    }).toInfo(),
  };
}

async function reportMachine(
  { library, whyNotRunnable }: InspectOptions,
  plan: ImportPlan,
  name: string,
): Promise<ImportReport> {
  const original = originalOf(plan);
  const clones = original !== undefined && (await canClone(library, original));
  const notRunnable = plan.arch === undefined ? undefined : await whyNotRunnable(plan.os, plan.arch);
  return {
    result: 'machine',
    name,
    title: plan.title,
    kind: plan.kind,
    suggestedName: await library.suggestName(plan.suggestedName),
    os: plan.os,
    ...known({ arch: plan.arch, cpuCount: plan.cpuCount, memoryBytes: plan.memoryBytes, notRunnable }),
    disks: plan.disks.map(({ name: disk, format, bytes, allocatedBytes }) => ({
      name: disk,
      format,
      bytes,
      allocatedBytes,
    })),
    neededBytes: clones ? 0 : plan.disks.reduce((sum, { allocatedBytes }) => sum + allocatedBytes, 0),
    freeBytes: await freeBytes(library.home.path),
    clones,
    canMove: original !== undefined,
    warnings: [...plan.warnings, ...fewWarnings(plan)],
    leftOut: [...plan.leftOut],
  };
}

/** Only the fields that are known. */
function known<T extends Record<string, unknown>>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  // What is left has values, which `fromEntries` forgets.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

function fewWarnings(plan: ImportPlan): string[] {
  if (plan.os !== 'linux' || !/windows/i.test(plan.title + plan.suggestedName)) return [];
  return ['It may hold Windows, which lacks drivers for the devices that machines have here.'];
}

/** Whether the home can share blocks with a file, which only trying tells. */
async function canClone({ home }: Library, disk: Part): Promise<boolean> {
  await using handle = await openPart(disk);
  const [from, to] = await Promise.all([handle.stat(), stat(home.path)]);
  if (from.dev !== to.dev) return false;
  await using staging = await Staging.make(home);
  const probe = path.join(staging.folder, tartFiles.disk);
  const clones = await cloneFile(handle.fd, probe).catch(() => false);
  await rm(probe, { force: true });
  return clones;
}
