import path from 'node:path';
import type { Display, GuestArch } from '../../contract/machine.ts';
import { hasPart, type Part, type PartList } from './door.ts';
import { type AssemblyPlan, leftOutOf, type PlannedDisk } from './import-plan.ts';
import { damaged, unsupported } from './not-importable.ts';
import { takeForwards } from './port-forwards.ts';
import { isUtmDisk, readUtmConfig, type UtmConfig, utmTitle } from './utm-config.ts';
import { utmLeftOut } from './utm-left-out.ts';

const title = utmTitle;
const mebibyte = 1024 ** 2;
/** The settings' version since UTM 4. */
const knownVersion = 4;
/** UTM's own limit is what fits on a bus; a machine with more is none. */
const maxDisks = 32;

/** Tells of a disk image of a bundle; as the inspection of a file of its own does. */
export type PlanDisk = (part: Part) => Promise<PlannedDisk>;

/** What a `.utm` bundle becomes. @throws NotImportable */
export async function planUtm(folder: string, planDisk: PlanDisk): Promise<AssemblyPlan> {
  const config = await readUtmConfig(folder);
  if (config.ConfigurationVersion < knownVersion)
    throw unsupported(
      title,
      'It was made by a UTM before version 4.',
      'Open it in a UTM of today once, which renews it.',
    );
  const isMac = config.System.Boot?.OperatingSystem === 'macOS';
  if (config.Backend === 'Apple' && !isMac && config.System.Boot?.UEFIBoot !== true)
    throw unsupported(title, 'It starts a kernel without firmware, which needs files outside of its disk.');
  const data = (name: string): Part => insideData(folder, name);
  const arch = archOf(config);
  const disks = await disksOf(config, data, planDisk);
  const { portForwards, leftOut } = forwardsOf(config);
  return {
    kind: 'utm',
    title: `${title} (${config.Backend === 'Apple' ? 'Apple Virtualization' : 'QEMU'})`,
    suggestedName: config.Information.Name === '' ? path.basename(folder, '.utm') : config.Information.Name,
    os: isMac ? 'darwin' : 'linux',
    arch,
    cpuCount: config.System.CPUCount > 0 ? config.System.CPUCount : undefined,
    memoryBytes: config.System.MemorySize * mebibyte,
    disks,
    warnings: warningsOf(config),
    leftOut: [...utmLeftOut(config), ...leftOut, ...leftOutOf(disks)],
    make: 'assemble',
    display: displayOf(config, isMac),
    macAddress: config.Network[0]?.MacAddress,
    ...(await firmwareOf(config, data, isMac)),
    annotations: { notes: (config.Information.Notes ?? '').slice(0, 20_000), portForwards: [...portForwards] },
  };
}

/** A name in the settings is that of a file in the bundle, and nothing else. */
function insideData(root: string, name: string): Part {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name))
    throw unsupported(title, `It names a file outside of itself: ${JSON.stringify(name)}.`);
  return { root, name: `Data/${name}` };
}

/** One after the other: each is a program that starts, and reads all its tables. */
async function disksOf(config: UtmConfig, data: (name: string) => Part, planDisk: PlanDisk): Promise<PlannedDisk[]> {
  const names = diskNames(config);
  if (names.length === 0) throw damaged(title, 'it has no disk of its own');
  if (names.length > maxDisks) throw unsupported(title, `It has ${names.length} disks; at most ${maxDisks} are taken.`);
  const disks: PlannedDisk[] = [];
  for (const name of names) disks.push(await planDisk(data(name)));
  return disks;
}

function archOf({ System: { Architecture } }: UtmConfig): GuestArch {
  if (Architecture === 'aarch64') return 'arm64';
  if (Architecture === 'x86_64') return 'amd64';
  throw unsupported(title, `It is for ${Architecture} processors; arm64 and x86-64 ones run here.`);
}

function diskNames(config: UtmConfig): string[] {
  return config.Drive.filter(isUtmDisk).flatMap(({ ImageName }) => (ImageName === undefined ? [] : [ImageName]));
}

function displayOf({ Display: [first] }: UtmConfig, isMac: boolean): Display | undefined {
  if (first?.WidthPixels === undefined || first.HeightPixels === undefined) return undefined;
  const size = { width: Math.round(first.WidthPixels), height: Math.round(first.HeightPixels) };
  return isMac ? { ...size, unit: 'px' } : size;
}

/** Variables of Apple's framework and of QEMU have formats of their own, and each goes where its maker looks for it. */
async function firmwareOf(
  config: UtmConfig,
  data: (name: string) => Part,
  isMac: boolean,
): Promise<Partial<AssemblyPlan>> {
  const { Boot, MacPlatform } = config.System;
  if (config.Backend === 'QEMU') {
    if (config.QEMU?.UEFIBoot !== true) return {};
    const part = data('efi_vars.fd');
    return (await hasPart(part)) ? { qemuVariables: part } : {};
  }
  if (!isMac) {
    const name = Boot?.EfiVariableStoragePath;
    return name === undefined ? {} : { nvram: data(name) };
  }
  if (MacPlatform?.AuxiliaryStoragePath === undefined) throw damaged(title, 'the identity of its Mac is missing');
  const { HardwareModel, MachineIdentifier, AuxiliaryStoragePath } = MacPlatform;
  return {
    nvram: data(AuxiliaryStoragePath),
    identity: { ecid: MachineIdentifier.toString('base64'), hardwareModel: HardwareModel.toString('base64') },
  };
}

function forwardsOf({ Network: [card] }: UtmConfig) {
  return takeForwards(
    (card?.PortForward ?? []).map(({ Protocol, HostAddress, HostPort, GuestPort }) => ({
      protocol: Protocol,
      hostAddress: HostAddress,
      hostPort: HostPort,
      guestPort: GuestPort,
    })),
  );
}

function warningsOf(config: UtmConfig): string[] {
  if (config.Backend !== 'QEMU' || config.QEMU?.UEFIBoot === true) return [];
  return ['It starts by a BIOS; here it starts by EFI, which its system may not be set up for.'];
}

/** Whether a folder is a bundle of UTM: its settings are beside a folder with its data. */
export function isUtmBundle({ files, folders, others }: PartList): boolean {
  const isThere = (name: string): boolean => files.has(name) || folders.has(name) || others.has(name);
  return isThere('config.plist') && (isThere('Data') || isThere('Images'));
}
