import { stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { GuestArch } from '../../contract/machine.ts';
import { findProgram, outputOf } from '../../host/programs.ts';
import { remembered } from './remembered.ts';

const installationSchema = z.object({
  binary: z.string(),
  /** Major and minor. */
  version: z.tuple([z.number(), z.number()]),
  /** What the unversioned name of the machine stands for: "pc-q35-7.2". */
  machineType: z.string(),
  machineTypes: z.array(z.string()),
  /** Whether QEMU can be kept from starting programs and the like (seccomp). */
  sandbox: z.boolean(),
});

/** A QEMU for one kind of guest. */
export type Installation = z.infer<typeof installationSchema>;

const names = {
  amd64: { program: 'qemu-system-x86_64', machine: 'q35', debianPackage: 'qemu-system-x86' },
  arm64: { program: 'qemu-system-aarch64', machine: 'virt', debianPackage: 'qemu-system-arm' },
} as const satisfies Record<GuestArch, unknown>;

/** What to install for guests of this kind, as a sentence. */
export function installationHint(arch: GuestArch): string {
  return `Install QEMU for ${arch} guests: the package ${names[arch].debianPackage} on Debian and Ubuntu.`;
}

/** The QEMU that runs guests of this kind; undefined if there is none, or one too old to be used. */
export async function findInstallation(arch: GuestArch, cacheFolder: string): Promise<Installation | undefined> {
  const binary = await findProgram(names[arch].program);
  if (binary === undefined) return undefined;
  const { mtimeMs, size } = await stat(binary);
  const file = path.join(cacheFolder, `qemu-${arch}.json`);
  return remembered(file, `3:${binary}:${mtimeMs}:${size}`, installationSchema.optional(), () => ask(arch, binary));
}

async function ask(arch: GuestArch, binary: string): Promise<Installation | undefined> {
  const [version, machines, help] = await Promise.all([
    outputOf(binary, ['-version']),
    outputOf(binary, ['-machine', 'help']),
    outputOf(binary, ['-help']),
  ]);
  return parseInstallation(arch, binary, { version, machines, help });
}

/** What QEMU says about itself; undefined for one older than 6.0, which lacks options that every guest needs. */
export function parseInstallation(
  arch: GuestArch,
  binary: string,
  said: { version: string; machines: string; help: string },
): Installation | undefined {
  const version = /version (\d+)\.(\d+)/.exec(said.version);
  const alias = new RegExp(`^${names[arch].machine}\\s.*\\(alias of (\\S+)\\)`, 'm').exec(said.machines);
  const machineType = alias?.[1];
  if (version === null || machineType === undefined || Number(version[1]) < 6) return undefined;
  const machineTypes = [...said.machines.matchAll(/^(\S+)\s{2,}\S/gm)].map((match) => match[1] ?? '');
  return {
    binary,
    version: [Number(version[1]), Number(version[2])],
    machineType,
    machineTypes,
    sandbox: /^-sandbox on/m.test(said.help),
  };
}

/** Whether this QEMU is at least of a version. */
export function atLeast({ version }: Installation, major: number, minor: number): boolean {
  return version[0] > major || (version[0] === major && version[1] >= minor);
}
