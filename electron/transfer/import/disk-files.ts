import path from 'node:path';
import type { LeftOut } from '../../contract/imports.ts';
import { hasCode } from '../../files/error-codes.ts';
import { type ByteReader, openReader, readerOf } from './byte-reader.ts';
import { detect, type Packing } from './detect.ts';
import { DiskHead } from './disk-head.ts';
import type { DiskContents, DiskExtent, DiskFormat, DiskImage } from './disk-image.ts';
import { besides, leafOf, openPart, type Part } from './door.ts';
import {
  type AssemblyPlan,
  type DiskPiece,
  type ImagePlace,
  leftOutOf,
  type PlannedDisk,
  type QemuFormat,
} from './import-plan.ts';
import { damaged, titled, truncated, unsupported } from './not-importable.ts';
import { OpenPiece } from './open-piece.ts';
import { measure, whatIsWrong } from './qemu-img.ts';
import { readDiskContents } from './raw-disk.ts';
import { peekUnpacked, UnpackError } from './unpack.ts';
import { requireExtent } from './vmdk.ts';

const qemuFormats: Readonly<Record<Exclude<DiskFormat, 'asif'>, QemuFormat>> = {
  raw: 'raw',
  qcow2: 'qcow2',
  vmdk: 'vmdk',
  vdi: 'vdi',
  vhd: 'vpc',
  vhdx: 'vhdx',
};

/** A Linux machine on one disk, of whose hardware nothing is known. */
function onDisk(file: Part, image: DiskImage, contents: DiskContents, disk: PlannedDisk): AssemblyPlan {
  return {
    kind: image.format === 'asif' ? 'raw' : image.format,
    title: image.title,
    suggestedName: suggestedNameOf(leafOf(file)),
    os: 'linux',
    arch: contents.arch,
    disks: [disk],
    warnings: warningsOf(contents),
    leftOut: leftOutOf([disk]),
    make: 'assemble',
  };
}

/** The name of a file without what says its format: `web.tar.img.gz` is about `web.tar`. */
export function suggestedNameOf(file: string): string {
  const endings = /\.(img|raw|bin|dd|qcow2?|vmdk|vdi|vhdx?|ova|ovf|iso|tvm|aar|utm|vbvm|asif|gz|xz|zst|bz2)$/i;
  let name = path.basename(file);
  while (endings.test(name) && name.replace(endings, '') !== '') name = name.replace(endings, '');
  return name;
}

function warningsOf({ layout, hasEfi }: DiskContents): string[] {
  if (layout === undefined) return ['No partitions or file systems found on it.'];
  if (!hasEfi) return ['No EFI partition was found on it. A system that starts only by a BIOS does not start here.'];
  return [];
}

/** What a raw image becomes. @throws NotImportable for an ASIF image where there is no macOS */
export async function planRawFile(file: Part, image: DiskImage, contents: DiskContents): Promise<AssemblyPlan> {
  const { size, blocks } = await statusOf(file);
  return onDisk(file, image, contents, {
    name: leafOf(file),
    format: 'raw',
    bytes: size,
    allocatedBytes: Math.min(size, blocks * 512),
    source: { how: 'copy', part: file },
  });
}

async function statusOf(part: Part) {
  await using handle = await openPart(part);
  return await handle.stat();
}

/** What an image with a header becomes. @throws NotImportable if it is damaged or names other files */
export async function planDiskFile(file: Part, image: DiskImage, signal: AbortSignal): Promise<AssemblyPlan> {
  if (image.format === 'asif') return await planAsif(file, image);
  const name = leafOf(file);
  if (image.extents === undefined) {
    const { disk, contents } = await planImage({ part: file }, name, image, signal);
    return onDisk(file, image, contents, disk);
  }
  const pieces = await piecesOf(file, image, image.extents);
  const { disk, contents } = await planPieces(pieces, name, image, signal);
  const names = new Set(image.extents.map((extent) => extent.name));
  return { ...onDisk(file, image, contents, disk), partFiles: [...names].map((part) => besides(file, part)) };
}

async function planAsif(file: Part, image: DiskImage): Promise<AssemblyPlan> {
  if (process.platform !== 'darwin')
    throw unsupported(image.title, 'Only macOS 26 and newer read it.', 'Convert it there: diskutil image create from');
  const contents: DiskContents = { layout: 'ASIF', arch: undefined, hasEfi: true };
  return { ...(await planRawFile(file, image, contents)), diskFormat: 'asif' };
}

/** The parts of a disk that is a list of files: right beside it, whole, and of the kind that it says. */
async function piecesOf(file: Part, { title }: DiskImage, extents: readonly DiskExtent[]): Promise<DiskPiece[]> {
  const pieces: DiskPiece[] = [];
  for (const extent of extents) {
    const { name, kind, from, bytes, offset } = extent;
    const part = besides(file, name);
    try {
      await using reader = await openReader(part);
      await requireExtent(extent, reader);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) throw damaged(title, `its part ${JSON.stringify(name)} is not beside it`);
      throw titled(`${title}, part ${JSON.stringify(name)}`, error);
    }
    if (kind === 'sparse') pieces.push({ from, bytes, format: 'vmdk', place: { part } });
    else pieces.push({ from, bytes, format: 'raw', place: { part, window: { offset, size: bytes } } });
  }
  return pieces;
}

/** A disk of any format that qemu-img reads, in a file or a part of one. @throws NotImportable */
export async function planImage(
  place: ImagePlace,
  name: string,
  image: DiskImage,
  signal: AbortSignal,
): Promise<{ disk: PlannedDisk; contents: DiskContents }> {
  if (image.format === 'asif') throw unsupported(image.title, 'Only macOS 26 and newer read it.');
  const piece = { from: 0, bytes: image.bytes, format: qemuFormats[image.format], place };
  return await planPieces([piece], name, image, signal);
}

async function planPieces(
  pieces: readonly DiskPiece[],
  name: string,
  image: DiskImage,
  signal: AbortSignal,
): Promise<{ disk: PlannedDisk; contents: DiskContents }> {
  let needed = 0;
  await using head = await DiskHead.open(image.bytes);
  for (const piece of pieces) {
    await using opened = await OpenPiece.open(piece);
    const fileBytes = await opened.fileBytes();
    // One after the other: each reads the tables of the image, which may take as much memory as it gets.
    const reason = await whatIsWrong(opened, fileBytes, signal);
    if (reason !== undefined) throw damaged(image.title, reason);
    needed += (await measure(opened, signal)) ?? fileBytes;
    await head.fill(opened, signal);
  }
  const disk: PlannedDisk = {
    name,
    format: image.title,
    bytes: image.bytes,
    allocatedBytes: Math.min(needed, image.bytes),
    source: { how: 'convert', bytes: image.bytes, pieces },
    leftOut: snapshotsOf(name, image),
  };
  return { disk, contents: await head.contents() };
}

function snapshotsOf(name: string, { snapshots = 0 }: DiskImage): LeftOut[] {
  if (snapshots === 0) return [];
  return [{ setting: `Snapshots in ${name} (${snapshots})`, reason: 'Only the disk as it is now is taken.' }];
}

/**
 * What a compressed file becomes: the disk image in it. How long it is, nobody knows before it is unpacked.
 * @throws NotImportable if it is damaged, or something else is in it
 */
export async function planPackedFile(
  file: Part,
  packing: Packing,
  how: string,
  signal: AbortSignal,
): Promise<AssemblyPlan> {
  const { size } = await statusOf(file);
  const title = `Compressed file (${how})`;
  const head = await peekUnpacked(file, packing, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error instanceof UnpackError ? damaged(title, error.message) : error;
  });
  const inner = await detectInside(readerOf(head), title);
  const plan = onDisk(file, { ...inner.image, title: `${inner.image.title}, ${how}` }, inner.contents, {
    name: leafOf(file),
    format: `${inner.image.title}, ${how}`,
    bytes: inner.image.format === 'raw' ? 0 : inner.image.bytes,
    allocatedBytes: size,
    source: { how: 'unpack', packing, part: file },
  });
  return { ...plan, kind: 'compressed' };
}

/** A header at the beginning of what is unpacked; its tables may lie behind what was looked at. */
async function detectInside(head: ByteReader, title: string): Promise<{ image: DiskImage; contents: DiskContents }> {
  const contents = await readDiskContents(head, false);
  if (contents.layout !== undefined)
    return { image: { format: 'raw', title: `Raw disk image (${contents.layout})`, bytes: 0 }, contents };
  if (head.size === 0) throw truncated(title, 0, 1);
  const detected = await detect({ ...head, size: Number.MAX_SAFE_INTEGER });
  // What is on it shows when it is unpacked.
  const unseen: DiskContents = { layout: 'not unpacked', arch: undefined, hasEfi: true };
  if (detected.is === 'disk' && detected.image.extents === undefined && detected.image.format !== 'asif')
    return { image: detected.image, contents: detected.image.format === 'raw' ? contents : unseen };
  throw unsupported(title, 'What is in it is not a disk image.', 'Unpack it first, then import what was in it.');
}
