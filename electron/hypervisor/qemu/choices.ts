import type { GuestArch, GuestOs } from '../../contract/machine.ts';
import { type MachineChoices, networkModes } from '../../contract/network-settings.ts';
import { modeNotAvailable } from '../shared/plan-network.ts';
import { chooseAccelerator } from './accelerator.ts';
import { findBridges } from './bridges.ts';
import { findInstallation, installationHint } from './installation.ts';
import { nestedProblem } from './nested.ts';

/** What a machine can be set to on this computer, with reasons for what it can't. */
export async function qemuChoices(os: GuestOs, arch: GuestArch, cacheFolder: string): Promise<MachineChoices> {
  const { notAvailable: noBridge, bridges } = await findBridges();
  const reasonOf = (mode: (typeof networkModes)[number]) => (mode === 'bridged' ? noBridge : modeNotAvailable(mode));
  const nested = await nestedReason(os, arch, cacheFolder);
  return {
    modes: networkModes.map((mode) => ({ mode, ...reason(reasonOf(mode)) })),
    interfaces: [...bridges],
    hasOwnNat: true,
    nested: reason(nested === undefined ? undefined : nested.charAt(0).toUpperCase() + nested.slice(1)),
  };
}

async function nestedReason(os: GuestOs, arch: GuestArch, cacheFolder: string): Promise<string | undefined> {
  if (os === 'darwin') return 'A macOS guest can’t run guests itself.';
  const installation = await findInstallation(arch, cacheFolder);
  if (installation === undefined) return installationHint(arch);
  const { kind } = await chooseAccelerator(arch, installation, cacheFolder);
  return await nestedProblem(arch, kind);
}

function reason(notAvailable: string | undefined): { notAvailable?: string } {
  return notAvailable === undefined ? {} : { notAvailable };
}
