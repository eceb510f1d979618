import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from '../../contract/errors.ts';
import type { GuestArch } from '../../contract/machine.ts';
import { readBounded } from '../../files/bounded-file.ts';
import { parseBoundedJson } from '../../files/bounded-json.ts';

const format = z.enum(['raw', 'qcow2']).default('raw');
const flashFile = z.object({ filename: z.string(), format });

/** The part that matters here of QEMU's firmware descriptors (docs/interop/firmware.json in its source). */
const descriptorSchema = z.object({
  'interface-types': z.array(z.string()),
  mapping: z.object({ device: z.literal('flash'), executable: flashFile, 'nvram-template': flashFile }),
  targets: z.array(z.object({ architecture: z.string(), machines: z.array(z.string()) })),
  features: z.array(z.string()),
});

/** UEFI: its code, and the empty variables that each VM gets a copy of. */
export interface Firmware {
  readonly code: { readonly path: string; readonly format: 'raw' | 'qcow2' };
  readonly template: { readonly path: string; readonly format: 'raw' | 'qcow2' };
}

const targets = {
  amd64: { architecture: 'x86_64', machine: 'pc-q35-' },
  arm64: { architecture: 'aarch64', machine: 'virt-' },
} as const;

/** Where distributions put it that ship no descriptors. */
const knownPlaces: Readonly<Record<GuestArch, readonly (readonly [code: string, template: string])[]>> = {
  amd64: [
    ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd'],
    ['/usr/share/OVMF/OVMF_CODE.fd', '/usr/share/OVMF/OVMF_VARS.fd'],
    ['/usr/share/edk2/ovmf/OVMF_CODE.fd', '/usr/share/edk2/ovmf/OVMF_VARS.fd'],
    ['/usr/share/edk2/x64/OVMF_CODE.4m.fd', '/usr/share/edk2/x64/OVMF_VARS.4m.fd'],
    ['/usr/share/edk2-ovmf/x64/OVMF_CODE.fd', '/usr/share/edk2-ovmf/x64/OVMF_VARS.fd'],
    ['/usr/share/qemu/ovmf-x86_64-code.bin', '/usr/share/qemu/ovmf-x86_64-vars.bin'],
    ['/usr/share/qemu/edk2-x86_64-code.fd', '/usr/share/qemu/edk2-i386-vars.fd'],
  ],
  arm64: [
    ['/usr/share/AAVMF/AAVMF_CODE.fd', '/usr/share/AAVMF/AAVMF_VARS.fd'],
    ['/usr/share/edk2/aarch64/QEMU_EFI-pflash.raw', '/usr/share/edk2/aarch64/vars-template-pflash.raw'],
    ['/usr/share/edk2/aarch64/QEMU_CODE.fd', '/usr/share/edk2/aarch64/QEMU_VARS.fd'],
    ['/usr/share/qemu/aavmf-aarch64-code.bin', '/usr/share/qemu/aavmf-aarch64-vars.bin'],
    ['/usr/share/qemu/edk2-aarch64-code.fd', '/usr/share/qemu/edk2-arm-vars.fd'],
  ],
};

const packages = { amd64: 'ovmf', arm64: 'qemu-efi-aarch64' } as const;

/** What to install where there is no firmware. */
export function firmwareHint(arch: GuestArch): string {
  return `Install UEFI firmware for ${arch} guests: the package ${packages[arch]} on Debian and Ubuntu.`;
}

export function noFirmware(arch: GuestArch): AppError {
  return new AppError('no-firmware', `There is no UEFI firmware for ${arch} guests on this computer.`, {
    hint: firmwareHint(arch),
    retry: true,
  });
}

/** Folders of descriptors, the first with a name wins (docs/interop/firmware.json: user, then host, then package). */
function descriptorFolders(): readonly string[] {
  const config = process.env.XDG_CONFIG_HOME ?? path.join(homedir(), '.config');
  return [path.join(config, 'qemu/firmware'), '/etc/qemu/firmware', '/usr/share/qemu/firmware'];
}

/** Firmware without Secure Boot for guests of this kind, best first; empty if there is none. */
export async function findFirmware(
  arch: GuestArch,
  places: { descriptors: readonly string[]; known: readonly (readonly [string, string])[] } = {
    descriptors: descriptorFolders(),
    known: knownPlaces[arch],
  },
): Promise<Firmware[]> {
  const described = (await readDescriptors(places.descriptors)).flatMap((text) => fromDescriptor(arch, text) ?? []);
  const known = places.known.map(([code, template]): Firmware => ({
    code: { path: code, format: 'raw' },
    template: { path: template, format: 'raw' },
  }));
  const all = [...described, ...known];
  const there = await Promise.all(all.map(async (one) => (await isFile(one.code.path)) && isFile(one.template.path)));
  const distinct = new Set<string>();
  return all.filter(({ code }, index) => {
    if (there[index] !== true || distinct.has(code.path)) return false;
    distinct.add(code.path);
    return true;
  });
}

async function readDescriptors(folders: readonly string[]): Promise<string[]> {
  const files = new Map<string, string>();
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names) if (name.endsWith('.json') && !files.has(name)) files.set(name, path.join(folder, name));
  }
  const ordered = [...files].sort(([one], [other]) => (one < other ? -1 : 1));
  return Promise.all(ordered.map(([, file]) => readBounded(file).then(String, () => '')));
}

/** Undefined for firmware that is none, not for these guests, or that insists on Secure Boot. */
export function fromDescriptor(arch: GuestArch, text: string): Firmware | undefined {
  const parsed = descriptorSchema.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const { mapping, features } = parsed.data;
  const unwanted = ['secure-boot', 'requires-smm', 'enrolled-keys', 'amd-sev-es', 'amd-sev-snp', 'intel-tdx'];
  const fits = parsed.data.targets.some(
    ({ architecture, machines }) =>
      architecture === targets[arch].architecture && machines.some((name) => name.startsWith(targets[arch].machine)),
  );
  if (!fits || !parsed.data['interface-types'].includes('uefi')) return undefined;
  if (features.some((feature) => unwanted.includes(feature))) return undefined;
  const file = ({ filename, format }: z.infer<typeof flashFile>) => ({ path: filename, format });
  return { code: file(mapping.executable), template: file(mapping['nvram-template']) };
}

function parseJson(text: string): unknown {
  try {
    return parseBoundedJson(text);
  } catch (error) {
    return undefined;
  }
}

async function isFile(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isFile() === true;
}
