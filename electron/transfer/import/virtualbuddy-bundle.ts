import path from 'node:path';
import { z } from 'zod';
import type { LeftOut } from '../../contract/imports.ts';
import { hasCode } from '../../files/error-codes.ts';
import { listParts, type PartList, readPart } from './door.ts';
import type { AssemblyPlan } from './import-plan.ts';
import { damaged, unsupported } from './not-importable.ts';
import { readPropertyList, PropertyListError } from './property-list.ts';
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
    NVRAM: z
      .array(z.looseObject({ name: z.string() }))
      .catch([])
      .default([]),
    _storageDevices: z.array(storageDevice).optional(),
    storageDevices: z.array(storageDevice).optional(),
  }),
  sharedFolders: z.array(z.unknown()).default([]),
  rosettaSharingEnabled: z.boolean().optional().catch(undefined),
});
type Config = z.output<typeof configSchema>;

/** Endings of the files that hold its disks, by the number of their format. */
const endings: Readonly<Record<number, string>> = { 0: 'img', 1: 'dmg', 2: 'sparseimage', 3: 'asif' };
const bootDisk = 'Disk.img';
/** Both are property lists of some hundred bytes. */
const maxIdentityBytes = 64 * 1024;

/** Whether a folder is a bundle of VirtualBuddy. */
export function isVirtualBuddyBundle({ files, folders, others }: PartList): boolean {
  const isThere = (name: string): boolean => files.has(name) || folders.has(name) || others.has(name);
  return isThere('HardwareModel') ? isThere('MachineIdentifier') : isThere('.vbdata');
}

/** What a `.vbvm` bundle becomes. @throws NotImportable */
export async function planVirtualBuddy(folder: string, planDisk: PlanDisk): Promise<AssemblyPlan> {
  const config = await readConfig(folder);
  const isMac = config?.systemType !== 'linux';
  const { files, others } = await listParts(folder);
  const names = [...files, ...others.keys()];
  const disk = await planDisk({ root: folder, name: bootDiskName(config, names) });
  const hardware = config?.hardware;
  const [display] = hardware?.displayDevices ?? [];
  const size = display === undefined ? undefined : { width: display.width, height: display.height };
  return {
    kind: 'virtualbuddy',
    title,
    suggestedName: path.basename(folder, '.vbvm'),
    os: isMac ? 'darwin' : 'linux',
    // It runs on Apple chips only.
    arch: 'arm64',
    cpuCount: hardware?.cpuCount,
    memoryBytes: hardware?.memorySize,
    disks: [disk],
    warnings: warningsOf(config),
    leftOut: settingsLeftOut(config, names),
    make: 'assemble',
    diskFormat: disk.format.includes('ASIF') ? 'asif' : 'raw',
    display: size === undefined ? undefined : isMac ? { ...size, unit: 'px' } : size,
    macAddress: hardware?.networkDevices[0]?.macAddress,
    ...(isMac ? await identityOf(folder, names) : nvramOf(folder, names)),
  };
}

async function readConfig(folder: string): Promise<Config | undefined> {
  try {
    const parsed = configSchema.safeParse(await readPropertyList({ root: folder, name: '.vbdata/Config.plist' }));
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
    if (!names.includes(name)) throw damaged(title, `${name} is missing, so it is not a complete Mac`);
  const [hardwareModel, ecid] = await Promise.all(
    ['HardwareModel', 'MachineIdentifier'].map(async (name) =>
      (await readPart({ root: folder, name }, maxIdentityBytes)).toString('base64'),
    ),
  );
  return {
    nvram: { root: folder, name: 'AuxiliaryStorage' },
    ...(hardwareModel === undefined || ecid === undefined ? {} : { identity: { ecid, hardwareModel } }),
  };
}

/** Of a Linux machine: the store of its EFI variables. */
function nvramOf(folder: string, names: readonly string[]): Partial<AssemblyPlan> {
  return names.includes('NVRAM') ? { nvram: { root: folder, name: 'NVRAM' } } : {};
}

function warningsOf(config: Config | undefined): string[] {
  return config === undefined ? ['It has no settings of its own; it will have those of a new machine.'] : [];
}

function settingsLeftOut(config: Config | undefined, names: readonly string[]): LeftOut[] {
  const rows: LeftOut[] = [];
  // VirtualBuddy keeps saved states beside its bundles, and in older versions inside.
  if (names.some((name) => /savedstate|\.vbst$/i.test(name)))
    rows.push({ setting: 'Saved states', reason: 'Only VirtualBuddy reads them. It starts as after a power cut.' });
  if (config === undefined) return rows;
  const { networkDevices, displayDevices, NVRAM } = config.hardware;
  const others = storageOf(config).filter(({ isBootVolume, isEnabled }) => isEnabled && !isBootVolume).length;
  if (others > 0) rows.push({ setting: `Further disks (${others})`, reason: 'Import them by themselves.' });
  if (config.sharedFolders.length > 0)
    rows.push({
      setting: `Shared folders (${config.sharedFolders.length})`,
      reason: 'Which folders of this computer it sees is for you to say. Share them again after the import.',
    });
  if (networkDevices[0]?.kind === 1)
    rows.push({ setting: 'Bridged network', reason: 'It shares the network of this computer (NAT).' });
  if (networkDevices.length > 1)
    rows.push({ setting: `Further network cards (${networkDevices.length - 1})`, reason: 'A machine has one here.' });
  if (displayDevices.length > 1)
    rows.push({ setting: `Further displays (${displayDevices.length - 1})`, reason: 'A machine has one here.' });
  if (NVRAM.length > 0)
    rows.push({
      setting: `Variables of the firmware (${NVRAM.map(({ name }) => name).join(', ')})`,
      reason: 'VirtualBuddy sets them at each start; here its store stays as it is now.',
    });
  if (config.rosettaSharingEnabled === true)
    rows.push({
      setting: 'Rosetta',
      reason: 'It is given with each start on a Mac: tatin run --rosetta=rosetta.',
    });
  return rows;
}
