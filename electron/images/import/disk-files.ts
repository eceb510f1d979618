import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LeftOut } from '../../contract/imports.ts';
import { hasCode } from '../../library/file-errors.ts';
import { openReader, readerOf, type ByteReader } from './byte-reader.ts';
import { detect, type Packing } from './detect.ts';
import type { DiskContents, DiskFormat, DiskImage } from './disk-image.ts';
import { besides, leafOf, openPart, type Part, partAt } from './door.ts';
import { type AssemblyPlan, type ImagePlace, leftOutOf, type PlannedDisk, type QemuFormat } from './import-plan.ts';
import { damaged, titled, truncated, unsupported } from './not-importable.ts';
import { measure, whatIsWrong, writeHead } from './qemu-img.ts';
import { readDiskContents } from './raw-disk.ts';
import { peekUnpacked, UnpackError } from './unpack.ts';

/** The first part of a disk, where its partition table and the boot files of most systems are. */
const headBytes = 64 * 1024 ** 2;

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
    wish: wishOf(leafOf(file)),
    os: 'linux',
    arch: contents.arch,
    disks: [disk],
    warnings: warningsOf(contents),
    leftOut: leftOutOf([disk]),
    make: 'assemble',
  };
}

/** The name of a file without what says its format: `web.tar.img.gz` is about `web.tar`. */
export function wishOf(file: string): string {
  const endings = /\.(img|raw|bin|dd|qcow2?|vmdk|vdi|vhdx?|ova|ovf|iso|tvm|aar|utm|vbvm|asif|gz|xz|zst|bz2)$/i;
  let name = path.basename(file);
  while (endings.test(name) && name.replace(endings, '') !== '') name = name.replace(endings, '');
  return name;
}

function warningsOf({ layout, hasEfi }: DiskContents): string[] {
  if (layout === undefined)
    return ['Nothing on it says that it is a disk: no partitions and no file system that is known here.'];
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
  const extents = await requireExtents(file, image);
  const { disk, contents } = await planImage({ part: file }, leafOf(file), image, signal);
  return { ...onDisk(file, image, contents, disk), partFiles: extents };
}

async function planAsif(file: Part, image: DiskImage): Promise<AssemblyPlan> {
  if (process.platform !== 'darwin')
    throw unsupported(image.title, 'Only macOS 26 and newer read it.', 'Convert it there: diskutil image create from');
  const contents: DiskContents = { layout: 'ASIF', arch: undefined, hasEfi: true };
  return { ...(await planRawFile(file, image, contents)), diskFormat: 'asif' };
}

/** The parts of a disk that is a list of files: right beside it, whole, and no links. */
async function requireExtents(file: Part, { extents = [], title }: DiskImage): Promise<Part[]> {
  return await Promise.all(
    extents.map(async ({ name, leastBytes }) => {
      const part = besides(file, name);
      await using reader = await openReader(part).catch((error: unknown) => {
        if (hasCode(error, 'ENOENT')) throw damaged(title, `its part ${name} is not beside it`);
        throw titled(title, error);
      });
      if (reader.size < leastBytes) throw truncated(`${title}, part ${name}`, reader.size, leastBytes);
      // A part with a header of its own may name further files.
      const detected = await detect(reader).catch(() => undefined);
      if (detected?.is === 'disk' && detected.image.extents !== undefined)
        throw unsupported(title, `Its part ${name} is a list of files again.`);
      return part;
    }),
  );
}

/** A disk of any format that qemu-img reads, in a file or a part of one. @throws NotImportable */
export async function planImage(
  place: ImagePlace,
  name: string,
  image: DiskImage,
  signal: AbortSignal,
): Promise<{ disk: PlannedDisk; contents: DiskContents }> {
  if (image.format === 'asif') throw unsupported(image.title, 'Only macOS 26 and newer read it.');
  const format = qemuFormats[image.format];
  const size = place.window?.size ?? (await statusOf(place.part)).size;
  // Each is a program that starts and reads the tables of the image, so they do it at once.
  const [wrong, measured, contents] = await Promise.allSettled([
    whatIsWrong(format, place, size, signal),
    measure(format, place, signal),
    contentsOf(format, place, image, signal),
  ]);
  const reason = valueOf(wrong);
  if (reason !== undefined) throw damaged(image.title, reason);
  const needed = valueOf(measured) ?? size;
  const disk: PlannedDisk = {
    name,
    format: image.title,
    bytes: image.bytes,
    allocatedBytes: Math.min(needed, image.bytes),
    source: { how: 'convert', format, place },
    leftOut: snapshotsOf(name, image),
  };
  return { disk, contents: valueOf(contents) };
}

function valueOf<Value>(settled: PromiseSettledResult<Value>): Value {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

function snapshotsOf(name: string, { snapshots = 0 }: DiskImage): LeftOut[] {
  if (snapshots === 0) return [];
  return [{ setting: `Snapshots in ${name} (${snapshots})`, reason: 'Only the disk as it is now is taken.' }];
}

/** Looks at the beginning of the disk that an image holds. */
async function contentsOf(
  format: QemuFormat,
  place: ImagePlace,
  image: DiskImage,
  signal: AbortSignal,
): Promise<DiskContents> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tatin-look-'));
  try {
    const head = path.join(folder, 'head.img');
    // Headers and QEMU may differ by a little about the end of a disk, so a short one is taken whole.
    await writeHead(format, place, head, image.bytes > 2 * headBytes ? headBytes : undefined, signal);
    await using reader = await openReader(await partAt(head));
    return await readDiskContents(reader, false);
  } catch (error) {
    // Too little room for a look is no reason to refuse: then it is asked for which processor it is.
    if (hasCode(error, 'ENOSPC', 'EDQUOT')) return { layout: 'not looked at', arch: undefined, hasEfi: true };
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
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
  throw unsupported(title, 'What is in it is no image of a disk.', 'Unpack it first, then import what was in it.');
}
