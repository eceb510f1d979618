import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { AppError } from '../../../contract/errors.ts';
import { readAnnotations } from '../../../library/annotations.ts';
import type { VmConfig } from '../../../library/config.ts';
import { diskInUse } from '../../../library/locks.ts';
import { type Plan, buildPlan } from '../../plan.ts';
import { chooseAccelerator, qemuGuests } from '../accelerator.ts';
import { findFirmware, noFirmware } from '../firmware.ts';
import { type Installation, findInstallation, installationHint } from '../installation.ts';
import { nestedProblem } from '../nested.ts';
import { readSavedState } from '../saved-state.ts';
import type { QemuSetup } from '../setup.ts';
import { prepareFlash } from '../variables.ts';
import type { HostRequest } from '../wire.ts';
import { type PreparedNetwork, prepareNetwork } from './guest-network.ts';
import { bringUpShares } from './shared-folders.ts';

/** Everything that QEMU needs for one run. */
export interface Prepared {
  readonly plan: Plan;
  readonly setup: QemuSetup;
  readonly installation: Installation;
  readonly network: PreparedNetwork;
}

/** The PC's processors beyond this number need an interrupt controller that the machine has not. */
const mostCpus = 255;

/**
 * Turns a VM and its run options into a plan and what carries it out, and brings up what QEMU connects to; `stack` takes
 * it down again. A VM with a saved state gets the devices that it was saved with.
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
  const facts = { guests, mostCpus, memoryAvailableBytes: process.availableMemory() + (await swapFreeBytes()) };
  const installation = await findInstallation(config.arch, cacheFolder);
  const accelerator = installation && (await chooseAccelerator(config.arch, installation, cacheFolder));
  const nestedNotAvailable = accelerator && (await nestedProblem(config.arch, accelerator.kind));
  const fresh = buildPlan(vm, request.options, { ...facts, nestedNotAvailable });
  if (installation === undefined)
    throw new AppError('no-hypervisor', 'QEMU is gone.', { hint: installationHint(config.arch) });
  const saved = await readSavedState(folder, installation.machineTypes);
  const plan = saved === undefined ? fresh : withNewForwards(saved.plan, fresh);
  await checkDisks(plan);
  const network = await prepareNetwork(plan, installation, runFolder, stack, signal);
  const parts = { shares: await bringUpShares(plan, runFolder, stack, signal), network: network.by };
  const base = saved?.setup ?? (await freshSetup(plan, installation, folder, cacheFolder));
  return {
    plan,
    setup: { ...base, ...parts, sandbox: installation.sandbox, incoming: saved !== undefined },
    installation,
    network,
  };
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

async function freshSetup(
  plan: Plan,
  installation: Installation,
  folder: string,
  cacheFolder: string,
): Promise<Pick<QemuSetup, 'machineType' | 'accelerator' | 'flash'>> {
  return {
    machineType: installation.machineType,
    accelerator: await chooseAccelerator(plan.arch, installation, cacheFolder),
    flash: await prepareFlash(folder, plan.arch, cacheFolder),
  };
}

/**
 * Which ports of the host lead into a guest may change while it sleeps, and whether the host's loopback is open to it;
 * what it has itself, its address among it, may not.
 */
function withNewForwards(saved: Plan, fresh: Plan): Plan {
  if (saved.network.kind === 'none' || fresh.network.kind === 'none') return saved;
  const network = { ...saved.network, forwards: fresh.network.forwards };
  if (network.kind === 'nat' && fresh.network.kind === 'nat')
    return { ...saved, network: { ...network, hostLoopback: fresh.network.hostLoopback } };
  return { ...saved, network };
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
