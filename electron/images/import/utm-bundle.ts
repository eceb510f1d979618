import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Annotations, Display, GuestArch, PortForward } from '../../contract/machine.ts';
import { portForwardSchema } from '../../contract/machine.ts';
import type { AssemblyPlan, PlannedDisk } from './import-plan.ts';
import { damaged, unsupported } from './not-importable.ts';
import { parsePropertyList, PropertyListError } from './property-list.ts';

const title = 'UTM virtual machine';
const mebibyte = 1024 ** 2;
/** The settings' version since UTM 4. */
const knownVersion = 4;

const bytes = z.custom<Buffer>((value) => Buffer.isBuffer(value));
const portForward = z.looseObject({
  Protocol: z.string(),
  HostAddress: z.string().optional(),
  HostPort: z.number(),
  GuestPort: z.number(),
});
/** The keys that carry over, as UTM's own code names them (Configuration/). */
const configSchema = z.looseObject({
  Backend: z.enum(['Apple', 'QEMU']),
  ConfigurationVersion: z.number(),
  Information: z.looseObject({ Name: z.string().catch(''), Notes: z.string().optional().catch(undefined) }),
  System: z.looseObject({
    Architecture: z.string(),
    CPUCount: z.number().default(0),
    MemorySize: z.number(),
    Boot: z
      .looseObject({
        OperatingSystem: z.string(),
        UEFIBoot: z.boolean().default(false),
        EfiVariableStoragePath: z.string().optional(),
      })
      .optional(),
    MacPlatform: z
      .looseObject({ HardwareModel: bytes, MachineIdentifier: bytes, AuxiliaryStoragePath: z.string().optional() })
      .optional(),
  }),
  QEMU: z.looseObject({ UEFIBoot: z.boolean().default(false) }).optional(),
  Drive: z
    .array(
      z.looseObject({
        ImageName: z.string().optional(),
        ImageType: z.string().optional(),
        ReadOnly: z.boolean().default(false),
      }),
    )
    .default([]),
  Network: z
    .array(
      z.looseObject({
        Mode: z.string(),
        MacAddress: z.string().optional(),
        PortForward: z.array(portForward).default([]),
      }),
    )
    .default([]),
  Display: z
    .array(z.looseObject({ WidthPixels: z.number().optional(), HeightPixels: z.number().optional() }))
    .default([]),
  SharedDirectories: z.array(z.unknown()).default([]),
});
type Config = z.output<typeof configSchema>;

/** Tells of a disk image of a bundle; as the inspection of a file of its own does. */
export type PlanDisk = (file: string) => Promise<PlannedDisk>;

/** What a `.utm` bundle becomes. @throws NotImportable */
export async function planUtm(folder: string, planDisk: PlanDisk): Promise<AssemblyPlan> {
  const config = await readConfig(folder);
  if (config.ConfigurationVersion < knownVersion)
    throw unsupported(
      title,
      'It was made by a UTM before version 4.',
      'Open it in a UTM of today once, which renews it.',
    );
  const isMac = config.System.Boot?.OperatingSystem === 'macOS';
  if (config.Backend === 'Apple' && !isMac && config.System.Boot?.UEFIBoot !== true)
    throw unsupported(title, 'It starts a kernel without firmware, which needs files outside of its disk.');
  const data = path.join(folder, 'Data');
  const arch = archOf(config);
  const disks = await Promise.all(diskNames(config).map((name) => planDisk(insideData(data, name))));
  if (disks.length === 0) throw damaged(title, 'it has no disk of its own');
  return {
    kind: 'utm',
    title: `${title} (${config.Backend === 'Apple' ? 'Apple Virtualization' : 'QEMU'})`,
    wish: config.Information.Name === '' ? path.basename(folder, '.utm') : config.Information.Name,
    os: isMac ? 'darwin' : 'linux',
    arch,
    cpuCount: config.System.CPUCount > 0 ? config.System.CPUCount : undefined,
    memoryBytes: config.System.MemorySize * mebibyte,
    disks,
    warnings: warningsOf(config),
    make: 'assemble',
    display: displayOf(config, isMac),
    macAddress: config.Network[0]?.MacAddress,
    ...(await firmwareOf(config, data, isMac)),
    annotations: annotationsOf(config),
  };
}

async function readConfig(folder: string): Promise<Config> {
  try {
    const parsed = configSchema.safeParse(parsePropertyList(await readFile(path.join(folder, 'config.plist'))));
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw damaged(title, `${issue?.path.join('.') ?? ''} in config.plist is not as UTM writes it`);
  } catch (error) {
    if (error instanceof PropertyListError) throw damaged(title, `config.plist ${error.message}`);
    throw error;
  }
}

/** A name in the settings is that of a file in the bundle, and nothing else. */
function insideData(data: string, name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name))
    throw unsupported(title, `It names a file outside of itself: ${JSON.stringify(name)}.`);
  return path.join(data, name);
}

function archOf({ System: { Architecture } }: Config): GuestArch {
  if (Architecture === 'aarch64') return 'arm64';
  if (Architecture === 'x86_64') return 'amd64';
  throw unsupported(title, `It is for ${Architecture} processors; arm64 and x86-64 ones run here.`);
}

const isDisk = ({ ImageType, ReadOnly }: Config['Drive'][number]): boolean =>
  ImageType === undefined ? !ReadOnly : ImageType === 'Disk';

function diskNames(config: Config): string[] {
  return config.Drive.filter(isDisk).flatMap(({ ImageName }) => (ImageName === undefined ? [] : [ImageName]));
}

function displayOf({ Display: [first] }: Config, isMac: boolean): Display | undefined {
  if (first?.WidthPixels === undefined || first.HeightPixels === undefined) return undefined;
  const size = { width: Math.round(first.WidthPixels), height: Math.round(first.HeightPixels) };
  return isMac ? { ...size, unit: 'px' } : size;
}

/** Variables of Apple's framework and of QEMU have formats of their own, and each goes where its maker looks for it. */
async function firmwareOf(config: Config, data: string, isMac: boolean): Promise<Partial<AssemblyPlan>> {
  const { Boot, MacPlatform } = config.System;
  if (config.Backend === 'QEMU') {
    const file = path.join(data, 'efi_vars.fd');
    const isThere = await stat(file).then(
      (status) => status.isFile(),
      () => false,
    );
    return config.QEMU?.UEFIBoot === true && isThere ? { qemuVariablesPath: file } : {};
  }
  if (!isMac) {
    const name = Boot?.EfiVariableStoragePath;
    return name === undefined ? {} : { nvramPath: insideData(data, name) };
  }
  if (MacPlatform?.AuxiliaryStoragePath === undefined) throw damaged(title, 'the identity of its Mac is missing');
  const { HardwareModel, MachineIdentifier, AuxiliaryStoragePath } = MacPlatform;
  return {
    nvramPath: insideData(data, AuxiliaryStoragePath),
    identity: { ecid: MachineIdentifier.toString('base64'), hardwareModel: HardwareModel.toString('base64') },
  };
}

function annotationsOf({ Information, Network: [card] }: Config): Partial<Annotations> {
  const portForwards = (card?.PortForward ?? []).map(portForwardOf).filter((forward) => forward !== undefined);
  return { notes: (Information.Notes ?? '').slice(0, 20_000), portForwards };
}

function portForwardOf(forward: z.output<typeof portForward>): PortForward | undefined {
  return portForwardSchema.safeParse({
    protocol: forward.Protocol.toLowerCase(),
    hostPort: forward.HostPort,
    guestPort: forward.GuestPort,
    ...(forward.HostAddress === undefined || forward.HostAddress === '' ? {} : { hostAddress: forward.HostAddress }),
  }).data;
}

function warningsOf(config: Config): string[] {
  const warnings: string[] = [];
  const removable = config.Drive.filter((drive) => !isDisk(drive) || drive.ImageName === undefined).length;
  if (removable > 0) warnings.push('Discs in its removable drives do not carry over.');
  if (config.Network.length > 1) warnings.push(`It has ${config.Network.length} network cards; one carries over.`);
  const mode = config.Network[0]?.Mode;
  if (mode !== undefined && !/^(shared|emulated)$/i.test(mode))
    warnings.push(`Its network was “${mode}”; it will share the network of this computer instead.`);
  if (config.Network.length === 0) warnings.push('It had no network card; it will have one.');
  if (config.Display.length > 1) warnings.push(`It has ${config.Display.length} displays; one carries over.`);
  if (config.SharedDirectories.length > 0) warnings.push('Its shared folders do not carry over.');
  if (config.Backend === 'QEMU' && config.QEMU?.UEFIBoot !== true)
    warnings.push('It starts by a BIOS; here it starts by EFI, which its system may not be set up for.');
  return warnings;
}

/** Whether a folder is a bundle of UTM: its settings are beside a folder with its data. */
export async function isUtmBundle(folder: string): Promise<boolean> {
  const names = await readdir(folder);
  return names.includes('config.plist') && (names.includes('Data') || names.includes('Images'));
}
