import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { hasCode } from '../../library/file-errors.ts';
import type { AssemblyPlan } from './import-plan.ts';
import { damaged, unsupported } from './not-importable.ts';
import { parsePropertyList, PropertyListError } from './property-list.ts';
import type { PlanDisk } from './utm-bundle.ts';

const title = 'VirtualBuddy virtual machine';

const managedImage = z.looseObject({ filename: z.string(), format: z.number().default(2) });
const storageDevice = z.looseObject({
  isBootVolume: z.boolean(),
  isEnabled: z.boolean().default(true),
  backing: z.looseObject({ managedImage: z.looseObject({ _0: managedImage }).optional() }),
});
/** The keys that carry over, as VirtualBuddy's own code names them (ConfigurationModels.swift). */
const configSchema = z.looseObject({
  systemType: z.string().default('mac'),
  hardware: z.looseObject({
    cpuCount: z.number().int().positive(),
    memorySize: z.number().int().positive(),
    displayDevices: z.array(z.looseObject({ width: z.number(), height: z.number() })).default([]),
    networkDevices: z.array(z.looseObject({ kind: z.number(), macAddress: z.string().optional() })).default([]),
    _storageDevices: z.array(storageDevice).optional(),
    storageDevices: z.array(storageDevice).optional(),
  }),
  sharedFolders: z.array(z.unknown()).default([]),
});
type Config = z.output<typeof configSchema>;

/** Endings of the files that hold its disks, by the number of their format. */
const endings: Readonly<Record<number, string>> = { 0: 'img', 1: 'dmg', 2: 'sparseimage', 3: 'asif' };
const bootDisk = 'Disk.img';

/** Whether a folder is a bundle of VirtualBuddy. */
export async function isVirtualBuddyBundle(folder: string): Promise<boolean> {
  const names = await readdir(folder);
  return names.includes('HardwareModel') ? names.includes('MachineIdentifier') : names.includes('.vbdata');
}

/** What a `.vbvm` bundle becomes. @throws NotImportable */
export async function planVirtualBuddy(folder: string, planDisk: PlanDisk): Promise<AssemblyPlan> {
  const config = await readConfig(folder);
  const isMac = config?.systemType !== 'linux';
  const names = await readdir(folder);
  const disk = await planDisk(path.join(folder, bootDiskName(config, names)));
  const hardware = config?.hardware;
  const [display] = hardware?.displayDevices ?? [];
  const size = display === undefined ? undefined : { width: display.width, height: display.height };
  return {
    kind: 'virtualbuddy',
    title,
    wish: path.basename(folder, '.vbvm'),
    os: isMac ? 'darwin' : 'linux',
    // It runs on Apple chips only.
    arch: 'arm64',
    cpuCount: hardware?.cpuCount,
    memoryBytes: hardware?.memorySize,
    disks: [disk],
    warnings: warningsOf(config),
    make: 'assemble',
    diskFormat: disk.format.includes('ASIF') ? 'asif' : 'raw',
    display: size === undefined ? undefined : isMac ? { ...size, unit: 'px' } : size,
    macAddress: hardware?.networkDevices[0]?.macAddress,
    ...(isMac ? await identityOf(folder, names) : nvramOf(folder, names)),
  };
}

async function readConfig(folder: string): Promise<Config | undefined> {
  try {
    const bytes = await readFile(path.join(folder, '.vbdata', 'Config.plist'));
    const parsed = configSchema.safeParse(parsePropertyList(bytes));
    if (parsed.success) return parsed.data;
    throw damaged(
      title,
      `${parsed.error.issues[0]?.path.join('.') ?? ''} in Config.plist is not as VirtualBuddy writes it`,
    );
  } catch (error) {
    // A machine that was never changed has no settings of its own.
    if (hasCode(error, 'ENOENT')) return undefined;
    if (error instanceof PropertyListError) throw damaged(title, `Config.plist ${error.message}`);
    throw error;
  }
}

const storageOf = (config: Config | undefined) =>
  config?.hardware._storageDevices ?? config?.hardware.storageDevices ?? [];

function bootDiskName(config: Config | undefined, names: readonly string[]): string {
  const image = storageOf(config).find(({ isBootVolume }) => isBootVolume)?.backing.managedImage?._0;
  const name = image === undefined ? bootDisk : `${image.filename}.${endings[image.format] ?? 'img'}`;
  if (/[/\0]/.test(name)) throw unsupported(title, `It names a disk outside of itself: ${JSON.stringify(name)}.`);
  if (!names.includes(name)) throw damaged(title, `its disk ${name} is missing`);
  return name;
}

async function identityOf(folder: string, names: readonly string[]): Promise<Partial<AssemblyPlan>> {
  for (const name of ['HardwareModel', 'MachineIdentifier', 'AuxiliaryStorage'])
    if (!names.includes(name)) throw damaged(title, `${name} is missing, so it is no whole Mac`);
  const [hardwareModel, ecid] = await Promise.all(
    ['HardwareModel', 'MachineIdentifier'].map((name) => readFile(path.join(folder, name), 'base64')),
  );
  return {
    nvramPath: path.join(folder, 'AuxiliaryStorage'),
    ...(hardwareModel === undefined || ecid === undefined ? {} : { identity: { ecid, hardwareModel } }),
  };
}

/** Of a Linux machine: the store of its EFI variables. */
function nvramOf(folder: string, names: readonly string[]): Partial<AssemblyPlan> {
  return names.includes('NVRAM') ? { nvramPath: path.join(folder, 'NVRAM') } : {};
}

function warningsOf(config: Config | undefined): string[] {
  if (config === undefined) return ['It has no settings of its own; it will have those of a new machine.'];
  const warnings: string[] = [];
  const others = storageOf(config).filter(({ isBootVolume, isEnabled }) => isEnabled && !isBootVolume).length;
  if (others > 0)
    warnings.push(`It has ${others} further ${others === 1 ? 'disk' : 'disks'}, which do not carry over.`);
  if (config.sharedFolders.length > 0) warnings.push('Its shared folders do not carry over.');
  if (config.hardware.networkDevices[0]?.kind === 1)
    warnings.push('Its network was bridged; it will share the network of this computer instead.');
  if (config.hardware.displayDevices.length > 1)
    warnings.push(`It has ${config.hardware.displayDevices.length} displays; one carries over.`);
  return warnings;
}
