import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Host } from '../../contract/host.ts';
import type { GuestArch } from '../../contract/machine.ts';
import { findFirmware, firmwareHint } from './firmware.ts';
import { type Installation, findInstallation, installationHint } from './installation.ts';
import { guestsRun } from './kvm-probe.ts';
import { remembered } from './remembered.ts';

/** How a guest's instructions are carried out. */
export interface Accelerator {
  readonly kind: 'kvm' | 'tcg';
  readonly cpuModel: string;
  /** For a person: "KVM". */
  readonly title: string;
}

/** This computer's own architecture, as guests are named. */
export const hostArch: GuestArch = process.arch === 'arm64' ? 'arm64' : 'amd64';

const kvm: Accelerator = { kind: 'kvm', cpuModel: 'host', title: 'KVM' };

/**
 * Emulation. Pointer authentication in its standard form costs an emulated arm64 guest most of its time; the simple form
 * is as good for one that trusts its host.
 */
function tcg(arch: GuestArch): Accelerator {
  const cpuModel = arch === 'arm64' ? 'max,pauth-impdef=on' : 'max';
  return { kind: 'tcg', cpuModel, title: 'emulation (slow)' };
}

/** KVM where a guest was seen to run with it, else emulation. Measured once per boot of the host and QEMU. */
export async function chooseAccelerator(
  arch: GuestArch,
  installation: Installation,
  cacheFolder: string,
  device = '/dev/kvm',
): Promise<Accelerator> {
  if (arch !== hostArch || !(await mayUse(device))) return tcg(arch);
  const usable = await remembered(
    path.join(cacheFolder, `kvm-${arch}.json`),
    await situation(installation, device),
    z.boolean(),
    () => guestsRun(arch, installation.binary, { accelerator: 'kvm', cpuModel: kvm.cpuModel }),
  );
  return usable ? kvm : tcg(arch);
}

/** The same kind of accelerator as a guest was suspended with; undefined where it can't be had now. */
export async function sameAccelerator(
  kind: Accelerator['kind'],
  arch: GuestArch,
  installation: Installation,
  cacheFolder: string,
): Promise<Accelerator | undefined> {
  if (kind === 'tcg') return tcg(arch);
  const chosen = await chooseAccelerator(arch, installation, cacheFolder);
  return chosen.kind === kind ? chosen : undefined;
}

async function mayUse(device: string): Promise<boolean> {
  try {
    await access(device, constants.R_OK | constants.W_OK);
    return true;
  } catch (error) {
    return false;
  }
}

/** Whatever changes the answer: another kernel, module options, QEMU, user. */
async function situation(installation: Installation, device: string): Promise<string> {
  const [boot, kvmDevice, qemu] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    stat(device),
    stat(installation.binary),
  ]);
  return ['1', boot.trim(), kvmDevice.ino, kvmDevice.ctimeMs, qemu.mtimeMs, qemu.size, process.getuid?.()].join(':');
}

/** What QEMU runs on this computer, and how. */
export async function qemuGuests(cacheFolder: string): Promise<Host['guests']> {
  const linux = await Promise.all(
    (['amd64', 'arm64'] as const).map(async (arch): Promise<Host['guests'][number]> => {
      const guest = { os: 'linux', arch, driver: 'qemu' } as const;
      const installation = await findInstallation(arch, cacheFolder);
      if (installation === undefined) return { ...guest, notAvailable: installationHint(arch) };
      if ((await findFirmware(arch)).length === 0) return { ...guest, notAvailable: firmwareHint(arch) };
      return { ...guest, accelerator: (await chooseAccelerator(arch, installation, cacheFolder)).title };
    }),
  );
  const macOs = { os: 'darwin', arch: 'arm64', driver: 'vz' } as const;
  return [...linux, { ...macOs, notAvailable: 'macOS guests need a Mac with Apple silicon.' }];
}
