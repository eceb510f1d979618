import { type ByteReader, openReader, windowOf } from './byte-reader.ts';
import { detect } from './detect.ts';
import { planImage, suggestedNameOf } from './disk-files.ts';
import { besides, hasPart, leafOf, type Part } from './door.ts';
import { type AssemblyPlan, type Checksum, type ImagePlace, leftOutOf } from './import-plan.ts';
import { damaged, titled, unsupported } from './not-importable.ts';
import { parseManifest, parseOvf } from './ovf.ts';
import { listTar } from './tar-index.ts';

const title = 'Open virtual machine (OVF)';
const archiveTitle = 'Open virtual appliance (OVA)';
/** Descriptions have some kilobytes; those of large appliances some hundred. */
const maxTextLength = 8 * 1024 ** 2;
/** More than any machine has. */
const maxDisks = 32;

/** The files of an appliance: in an archive, or side by side in a folder. */
interface Parts {
  /** Where a file of that name is; undefined if it is not there. */
  place(name: string): Promise<ImagePlace | undefined>;
}

/** What an archive with an OVF in front becomes. @throws NotImportable */
export async function planOva(file: Part, reader: ByteReader, signal: AbortSignal): Promise<AssemblyPlan> {
  const entries = await listTar(reader);
  // DSP0243 6.2: the description is the first file.
  const [first] = entries;
  if (first === undefined || !/\.ovf$/i.test(first.name))
    throw unsupported('Tar archive', 'It is not a virtual appliance.', 'Unpack it first, then import what was in it.');
  const names = new Set<string>();
  for (const { name } of entries) {
    if (names.has(name)) throw damaged(archiveTitle, `it has two files named ${JSON.stringify(name)}`);
    names.add(name);
  }
  const parts: Parts = {
    place: (name) => {
      const entry = entries.find((one) => one.name === name);
      return Promise.resolve(
        entry === undefined ? undefined : { part: file, window: { offset: entry.offset, size: entry.size } },
      );
    },
  };
  const text = await textAt(windowOf(reader, first.offset, first.size), archiveTitle);
  return await planAppliance({ file, descriptionName: first.name, text, parts, isArchive: true }, signal);
}

/** What an OVF with its disks beside it becomes. @throws NotImportable */
export async function planOvf(file: Part, reader: ByteReader, signal: AbortSignal): Promise<AssemblyPlan> {
  const parts: Parts = {
    place: async (name) => {
      const part = besides(file, name);
      const isThere = await hasPart(part).catch((error: unknown) => {
        throw titled(title, error);
      });
      return isThere ? { part } : undefined;
    },
  };
  const text = await textAt(reader, title);
  return await planAppliance({ file, descriptionName: leafOf(file), text, parts, isArchive: false }, signal);
}

async function textAt(reader: ByteReader, what: string): Promise<string> {
  if (reader.size > maxTextLength) throw damaged(what, 'its description is too long');
  return (await reader.read(0, reader.size)).toString('utf8');
}

interface Appliance {
  readonly file: Part;
  readonly descriptionName: string;
  readonly text: string;
  readonly parts: Parts;
  readonly isArchive: boolean;
}

async function planAppliance(appliance: Appliance, signal: AbortSignal): Promise<AssemblyPlan> {
  const { file, text, isArchive } = appliance;
  const machine = parseOvf(text);
  if (machine.disks.length === 0) throw unsupported(title, 'It has no disk with anything on it.');
  if (machine.disks.length > maxDisks)
    throw unsupported(title, `It has ${machine.disks.length} disks; at most ${maxDisks} are taken.`);
  const planned = [];
  for (const { href } of machine.disks) planned.push(await planDisk(appliance, href, signal));
  const contents = planned[0]?.contents;
  const arch = machine.arch ?? contents?.arch;
  const warnings = [...machine.warnings];
  if (contents?.hasEfi === false)
    warnings.push('No EFI partition was found on its disk. A system that starts only by a BIOS does not start here.');
  return {
    kind: isArchive ? 'ova' : 'ovf',
    title: isArchive ? archiveTitle : title,
    suggestedName: machine.name ?? suggestedNameOf(leafOf(file)),
    os: 'linux',
    arch,
    cpuCount: machine.cpuCount,
    memoryBytes: machine.memoryBytes,
    disks: planned.map(({ disk }) => disk),
    warnings,
    leftOut: [...machine.leftOut, ...leftOutOf(planned.map(({ disk }) => disk))],
    annotations: { portForwards: [...machine.portForwards] },
    make: 'assemble',
    checksums: await checksumsOf(appliance),
    ...(isArchive ? {} : { partFiles: planned.map(({ place }) => place.part) }),
  };
}

async function planDisk({ parts, isArchive }: Appliance, href: string, signal: AbortSignal) {
  const place = await requirePart(parts, href);
  await using whole = await openReader(place.part);
  const { window } = place;
  const detected = await detect(window === undefined ? whole : windowOf(whole, window.offset, window.size));
  if (detected.is !== 'disk') throw unsupported(title, `Its disk ${href} is not a disk image.`);
  const { image } = detected;
  if (image.extents !== undefined && isArchive)
    throw unsupported(
      archiveTitle,
      `Its disk ${href} is a list of further files.`,
      'Unpack it with tar, then import the .ovf.',
    );
  if (image.extents !== undefined) throw unsupported(title, `Its disk ${href} is a list of further files.`);
  return { place, ...(await planImage(place, href, image, signal)) };
}

/** Only names of files that belong to it: a reference may be an address on the network, or climb out of its folder. */
async function requirePart(parts: Parts, name: string): Promise<ImagePlace> {
  if (name === '' || /[/\\:\0]/.test(name) || name === '..' || name === '.')
    throw unsupported(title, `It names a file outside of itself: ${JSON.stringify(name)}.`);
  const place = await parts.place(name);
  if (place === undefined) throw damaged(title, `its file ${name} is missing`);
  return place;
}

/** What its manifest says of the files that are used. */
async function checksumsOf({ descriptionName, parts }: Appliance): Promise<Checksum[]> {
  const place = await parts.place(descriptionName.replace(/\.ovf$/i, '.mf'));
  if (place === undefined) return [];
  await using whole = await openReader(place.part);
  const { window } = place;
  const text = await textAt(window === undefined ? whole : windowOf(whole, window.offset, window.size), title);
  const checksums: Checksum[] = [];
  for (const { name, algorithm, digest } of parseManifest(text))
    checksums.push({ name, algorithm, digest, place: await requirePart(parts, name) });
  return checksums;
}
