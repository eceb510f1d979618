import { z } from 'zod';
import type { LeftOut } from '../../contract/imports.ts';
import type { GuestArch, PortForward } from '../../contract/machine.ts';
import { unsupported, damaged } from './not-importable.ts';
import { takeForwards } from './port-forwards.ts';
import { readVirtualBoxSettings } from './virtualbox-settings.ts';
import { childOf, childrenOf, parseXml, textOf, type XmlElement, XmlError } from './xml.ts';

/** What an OVF describes (DMTF DSP0243), as far as it carries over. */
export interface OvfMachine {
  readonly name: string | undefined;
  readonly arch: GuestArch | undefined;
  readonly cpuCount: number | undefined;
  readonly memoryBytes: number | undefined;
  /** Files of its disks, in the order of the machine's hardware, and their lengths. */
  readonly disks: readonly { readonly href: string; readonly bytes: number }[];
  /** What VirtualBox forwards to it, for this computer alone. */
  readonly portForwards: readonly PortForward[];
  /** One sentence each. */
  readonly warnings: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

const title = 'Open virtual machine (OVF)';
/** Types of hardware (DMTF's CIM_ResourceAllocationSettingData). */
const types = { cpu: 3, memory: 4, ethernet: 10, cdDrive: 15, disk: 17 };
/** What needs no mention when it is left behind: controllers, drives without a disc, keyboards, screens. */
const unremarkable = new Set([1, 5, 6, 7, 8, 9, 13, 14, 15, 20, 24]);
const otherDevices: Readonly<Record<number, LeftOut>> = {
  21: { setting: 'Serial ports', reason: 'Each machine here has one, shown as its serial console.' },
  22: { setting: 'Parallel ports', reason: 'Machines here have none.' },
  23: { setting: 'USB controller', reason: 'Machines here have one of their own, for keyboard and pointer.' },
  35: { setting: 'Sound card', reason: 'Machines of other programs get none here.' },
};

/** Reads the description of a machine. @throws NotImportable */
export function parseOvf(text: string): OvfMachine {
  const envelope = rootOf(text);
  const systems = [envelope, ...childrenOf(envelope, 'VirtualSystemCollection')].flatMap((element) =>
    childrenOf(element, 'VirtualSystem'),
  );
  const [system] = systems;
  if (system === undefined) throw damaged(title, 'it describes no machine');
  if (systems.length > 1)
    throw unsupported(title, `It describes ${systems.length} machines at once.`, 'Export them one by one.');
  const items = childrenOf(childOf(system, 'VirtualHardwareSection'), 'Item').map(itemOf);
  const quantity = (type: number) => items.find((item) => item.type === type)?.quantity;
  const virtualBox = readVirtualBoxSettings(system);
  const { portForwards, leftOut } = takeForwards(virtualBox.forwards);
  const memory = items.find((item) => item.type === types.memory);
  return {
    name: textOf(system, 'Name') ?? system.attributes.get('id'),
    arch: archOf(childOf(system, 'OperatingSystemSection')),
    cpuCount: quantity(types.cpu),
    memoryBytes: memory?.quantity === undefined ? undefined : memory.quantity * unitBytes(memory.units, 1024 ** 2),
    disks: disksOf(envelope, items),
    portForwards,
    warnings: items.length === 0 ? ['It does not say what hardware it wants.'] : [],
    leftOut: [...leftOutOf(items, system), ...virtualBox.leftOut, ...leftOut],
  };
}

function rootOf(text: string): XmlElement {
  try {
    const root = parseXml(text);
    if (root.name === 'Envelope') return root;
    throw new XmlError('is not an OVF envelope');
  } catch (error) {
    if (error instanceof XmlError) throw damaged(title, `its description ${error.message}`);
    throw error;
  }
}

interface Item {
  readonly type: number;
  readonly quantity: number | undefined;
  readonly units: string | undefined;
  readonly resource: string | undefined;
}

const wholeNumber = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

function itemOf(element: XmlElement): Item {
  return {
    type: Number(textOf(element, 'ResourceType') ?? 0),
    quantity: wholeNumber.safeParse(textOf(element, 'VirtualQuantity')).data,
    units: textOf(element, 'AllocationUnits'),
    resource: textOf(element, 'HostResource'),
  };
}

/** "byte * 2^20" of OVF 1.1 on, or the words of older ones. */
function unitBytes(units: string | undefined, otherwise: number): number {
  if (units === undefined) return otherwise;
  const power = /^byte\s*\*\s*(\d+)\s*\^\s*(\d+)$/i.exec(units.trim());
  if (power !== null) return Math.min(Number(power[1]) ** Number(power[2]), Number.MAX_SAFE_INTEGER);
  const word = /^(kilo|mega|giga|tera)bytes?$/i.exec(units.trim())?.[1]?.toLowerCase();
  if (word !== undefined) return 1024 ** (['kilo', 'mega', 'giga', 'tera'].indexOf(word) + 1);
  return /^bytes?$/i.test(units.trim()) ? 1 : otherwise;
}

/** The disks that drives refer to; if none does, all. */
function disksOf(envelope: XmlElement, items: readonly Item[]): OvfMachine['disks'] {
  const files = new Map(
    childrenOf(childOf(envelope, 'References'), 'File').map((file) => [file.attributes.get('id'), file]),
  );
  const disks = new Map(
    childrenOf(childOf(envelope, 'DiskSection'), 'Disk').map((disk) => [disk.attributes.get('diskId'), disk]),
  );
  const named = items
    .filter(({ type }) => type === types.disk)
    .map(({ resource }) => disks.get(resource?.replace(/^(ovf:)?\/disk\//, '')))
    .filter((disk) => disk !== undefined);
  const wanted = named.length > 0 ? named : [...disks.values()];
  return wanted.flatMap((disk) => {
    const file = files.get(disk.attributes.get('fileRef'));
    const href = file?.attributes.get('href');
    // An empty disk has no file.
    if (file === undefined || href === undefined) return [];
    if ((file.attributes.get('compression') ?? '') !== '')
      throw unsupported(
        title,
        `Its disk ${href} is compressed in a way that is hardly used.`,
        'Export it again without compression.',
      );
    if (disk.attributes.has('parentRef')) throw unsupported(title, 'A disk of it depends on another one.');
    const capacity = wholeNumber.safeParse(disk.attributes.get('capacity')).data ?? 0;
    return [{ href, bytes: capacity * unitBytes(disk.attributes.get('capacityAllocationUnits'), 1) }];
  });
}

/** VMware says "debian12_64Guest" or "arm-debian12-64", VirtualBox "Debian12_64" or "Debian12_arm64". */
function archOf(section: XmlElement | undefined): GuestArch | undefined {
  if (section === undefined) return undefined;
  const words = [...section.attributes.values(), ...section.children.map(({ text }) => text)].join(' ').toLowerCase();
  if (/arm-|arm64|aarch64/.test(words)) return 'arm64';
  return words.includes('64') ? 'amd64' : undefined;
}

function leftOutOf(items: readonly Item[], system: XmlElement): LeftOut[] {
  const rows: LeftOut[] = [];
  const cards = items.filter(({ type }) => type === types.ethernet).length;
  if (cards > 1) rows.push({ setting: `Further network cards (${cards - 1})`, reason: 'A machine has one here.' });
  const others = new Set(
    items.map(({ type }) => type).filter((type) => !Object.values(types).includes(type) && !unremarkable.has(type)),
  );
  for (const type of others)
    rows.push(otherDevices[type] ?? { setting: `Device of type ${type}`, reason: 'Machines here have none.' });
  if (childOf(system, 'ProductSection') !== undefined)
    rows.push({
      setting: 'Settings asked for at deployment',
      reason: 'What its product section asks for must be set in the guest itself.',
    });
  return rows;
}

/** As many files as an appliance may have. */
const maxChecksums = 1_000;
/** A name of a file and a checksum, several times over. */
const maxChecksumLine = 4_096;

/** A line of a manifest: `SHA256(disk.vmdk)= 0123…`. */
export function parseManifest(
  text: string,
): { name: string; algorithm: 'sha1' | 'sha256' | 'sha512'; digest: string }[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length > maxChecksums) throw damaged(title, `its list of checksums has more than ${maxChecksums} lines`);
  return lines.map((line) => {
    if (line.length > maxChecksumLine) throw damaged(title, 'a line of its list of checksums is too long');
    const [, algorithm, inside, digest] =
      /^(SHA1|SHA256|SHA512)\s*\((.+)\)\s*=\s*([0-9a-f]+)$/i.exec(line.trim()) ?? [];
    const name = inside?.trim();
    const kind = algorithm?.toLowerCase();
    if (name === undefined || digest === undefined || (kind !== 'sha1' && kind !== 'sha256' && kind !== 'sha512'))
      throw damaged(title, 'its list of checksums can’t be read');
    return { name, algorithm: kind, digest: digest.toLowerCase() };
  });
}
