import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { AppError } from '../../../contract/errors.ts';
import { readAnnotations } from '../../../library/annotations.ts';
import type { VmConfig } from '../../../library/config.ts';
import { type ConfirmedPath, confirmedPaths, pathsGiven } from '../../../library/confirmed-paths.ts';
import { tatinFiles } from '../../../library/layout.ts';
import { diskInUse } from '../../../files/locks.ts';
import { admitPaths, type OpenedPath } from '../../opened-paths.ts';
import { type Plan, type PlannedDisk, buildPlan } from '../plan.ts';
import { chooseAccelerator, qemuGuests, sameAccelerator } from '../accelerator.ts';
import { findFirmware, noFirmware } from '../firmware.ts';
import { type Installation, findInstallation, installationHint } from '../installation.ts';
import { nestedProblem } from '../nested.ts';
import { invalid, readSavedState, requireSame, type SavedState } from '../saved-state.ts';
import type { QemuSetup } from '../setup.ts';
import { prepareFlash, sameFlash } from '../variables.ts';
import type { HostRequest, WiredOptions } from '../wire.ts';
import { type PreparedNetwork, prepareNetwork } from './guest-network.ts';
import { bringUpShares } from './shared-folders.ts';

/** Everything that QEMU needs for one run. */
export interface Prepared {
  readonly plan: Plan;
  readonly setup: QemuSetup;
  /** What was asked of this run, or of the one that was suspended. */
  readonly run: WiredOptions;
  readonly installation: Installation;
  readonly network: PreparedNetwork;
}

/** The PC's processors beyond this number need an interrupt controller that the machine has not. */
const maxCpus = 255;

/**
 * Turns a VM and its run options into a plan and what carries it out, and brings up what QEMU connects to; `stack` takes
 * it down again. The plan is this home's own, also for a VM with a saved state, which is compared with it.
 * @throws AppError with the reason why the VM can't be started
 */
export async function prepare(
  request: HostRequest,
  config: VmConfig,
  runFolder: string,
  stack: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<Prepared> {
  const { folder, cacheFolder } = request;
  const guests = await qemuGuests(cacheFolder);
  const vm = { folder, config, annotations: readAnnotations(folder) };
  await checkFirmware(config);
  const facts = { guests, maxCpus, memoryAvailableBytes: process.availableMemory() + (await swapFreeBytes()) };
  const installation = await findInstallation(config.arch, cacheFolder);
  const accelerator = installation && (await chooseAccelerator(config.arch, installation, cacheFolder));
  const nestedNotAvailable = accelerator && (await nestedProblem(config.arch, accelerator.kind));
  const saved = installation && (await readSavedState(folder, installation.machineTypes));
  const now = await withConfirmed(request.options, folder);
  const options = saved === undefined ? now : resumedOptions(saved, now);
  const wanted = buildPlan(vm, options, { ...facts, nestedNotAvailable });
  if (installation === undefined)
    throw new AppError('no-hypervisor', 'QEMU is gone.', { hint: installationHint(config.arch) });
  const plan = await admitPlan(wanted, folder, [
    ...confirmedPaths(folder, config.macAddress),
    ...(options.confirmedPaths ?? []),
  ]);
  await checkDisks(plan);
  const base = await setupOf(plan, installation, request, saved);
  if (saved !== undefined) await requireSame(folder, saved, plan, base);
  const network = await prepareNetwork(plan, installation, runFolder, stack, signal);
  const parts = { shares: await bringUpShares(plan, runFolder, stack, signal), network: network.by };
  return {
    plan,
    setup: { ...base, ...parts, sandbox: installation.sandbox, incoming: saved !== undefined },
    run: options,
    installation,
    network,
  };
}

async function withConfirmed(options: WiredOptions, folder: string): Promise<WiredOptions> {
  return { ...options, confirmedPaths: options.confirmedPaths ?? (await pathsGiven(folder, options)) };
}

/**
 * A guest goes on with what its run was asked for, unless something else is asked for now. Only if this user's Tatin
 * wrote it down here: else it would decide what is opened.
 */
function resumedOptions({ isOwn, run }: SavedState, now: WiredOptions): WiredOptions {
  if (!isOwn) return now;
  const { confirmedPaths: confirmedNow = [], ...given } = now;
  const asked = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  // Ports may lead elsewhere by now, and tatin.json says where.
  const { portForwards: _ports, confirmedPaths: confirmedThen = [], ...then } = run;
  return { ...then, ...asked, confirmedPaths: [...confirmedThen, ...confirmedNow] };
}

/** The plan with everything by its real place, where it may be opened. @throws AppError, see {@link admitPaths} */
async function admitPlan(plan: Plan, folder: string, confirmed: readonly ConfirmedPath[]): Promise<Plan> {
  const real = await admitPaths(folder, openedBy(plan, folder), confirmed);
  const [root, ...more] = plan.disks;
  const moved = (disk: PlannedDisk): PlannedDisk => ({ ...disk, path: real(disk.path) });
  return {
    ...plan,
    disks: [moved(root), ...more.map(moved)],
    shares: plan.shares.map((share) => ({ ...share, path: real(share.path) })),
  };
}

function openedBy(plan: Plan, folder: string): OpenedPath[] {
  return [
    { kind: 'disk', path: path.join(folder, tatinFiles.qemuVariables), writable: true },
    ...plan.disks.map((disk) => ({ kind: 'disk' as const, path: disk.path, writable: !disk.readOnly })),
    ...plan.shares.map((share) => ({ kind: 'folder' as const, path: share.path, writable: !share.readOnly })),
  ];
}

/** Missing firmware has a reason of its own, where all else is there. */
async function checkFirmware({ os, arch }: VmConfig): Promise<void> {
  if (os === 'linux' && (await findFirmware(arch)).length === 0) throw noFirmware(arch);
}

/** A guest may well push out what the host does not use. */
async function swapFreeBytes(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  return Number(/^SwapFree:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
}

/**
 * How this host carries out the plan. Of a saved state only names count, by which this host finds what is its own.
 * @throws AppError `no-firmware`, `saved-state-invalid`
 */
async function setupOf(
  plan: Plan,
  installation: Installation,
  { folder, cacheFolder }: HostRequest,
  saved: SavedState | undefined,
): Promise<Pick<QemuSetup, 'machineType' | 'accelerator' | 'flash'>> {
  if (saved === undefined)
    return {
      machineType: installation.machineType,
      accelerator: await chooseAccelerator(plan.arch, installation, cacheFolder),
      flash: await prepareFlash(folder, plan.arch, cacheFolder),
    };
  const { machineType, accelerator: before, flash: then } = saved.setup;
  const accelerator = await sameAccelerator(before.kind, plan.arch, installation, cacheFolder);
  if (accelerator === undefined)
    throw invalid(`it was saved with ${before.kind}, which this computer does not have now`);
  const flash = await sameFlash(folder, plan.arch, cacheFolder, then.code.path);
  if (flash === undefined) throw invalid('the firmware that it was started with is not on this computer');
  return { machineType, accelerator, flash };
}

async function checkDisks(plan: Plan): Promise<void> {
  for (const disk of plan.disks) {
    const status = await stat(disk.path).catch(() => undefined);
    if (status === undefined || status.isDirectory())
      throw new AppError('file-not-found', `The disk ${disk.path} ${status ? 'is a folder' : 'is missing'}.`, {
        hint: 'Put it back, or take it off the machine.',
      });
    if (!disk.readOnly && diskInUse(disk.path))
      throw new AppError('disk-in-use', `Another program uses the disk ${path.basename(disk.path)}.`, {
        hint: 'End that program, or wait until it is done, and start the machine again.',
        details: disk.path,
        retry: true,
      });
  }
}
