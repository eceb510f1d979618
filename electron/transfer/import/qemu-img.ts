import type { FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { AppError } from '../../contract/errors.ts';
import { type ConfinedResult, runConfined } from '../../host/confined/confined-program.ts';
import { HandedFiles } from '../../host/confined/handed-files.ts';
import { findProgram } from '../../host/programs.ts';
import type { BlockNode, OpenPiece, Stretch } from './open-piece.ts';

/** Where package managers of macOS put it when PATH does not say so. */
const places = ['/opt/homebrew/bin', '/usr/local/bin', '/opt/local/bin'];
const mebibyte = 1024 ** 2;
/**
 * Tables of an image of several terabytes, and the buffers of its requests. A header may announce tables of gigabytes in
 * a file that is nearly all holes, so a run gets no more, and one image is never looked at by two at once.
 */
const maxMemoryBytes = 256 * mebibyte;

/** The program that converts disk images. @throws AppError `not-supported` with how to get it */
async function findQemuImg(): Promise<string> {
  const program = await findProgram('qemu-img', places);
  if (program !== undefined) return program;
  throw new AppError('not-supported', 'Disk images of this format are read by qemu-img, which is not installed.', {
    hint:
      process.platform === 'darwin' ? 'Install it: brew install qemu' : 'Install it: sudo apt-get install qemu-utils',
  });
}

const measureSchema = z.object({ required: z.number() });

/** About what the data of an image takes, holes left out, in bytes; undefined if it can't be measured. */
export async function measure(image: OpenPiece, signal: AbortSignal): Promise<number | undefined> {
  try {
    const text = await ask(image, ['measure', '--output=json', '-O', 'qcow2'], signal);
    return measureSchema.parse(JSON.parse(text)).required;
  } catch (error) {
    signal.throwIfAborted();
    return undefined;
  }
}

const checkSchema = z.object({
  'check-errors': z.number(),
  corruptions: z.number().default(0),
  /** Of qcow2: where its last cluster ends. */
  'image-end-offset': z.number().optional(),
});
/** The last cluster of a qcow2 image may be written in part; none is longer. */
const maxClusterBytes = 2 * mebibyte;

/**
 * What is wrong with the tables of an image, in a few words; undefined if nothing is. Without this, one whose end is
 * missing would be converted into a disk with zeros there. `size` is the length of the file, in bytes.
 */
export async function whatIsWrong(image: OpenPiece, size: number, signal: AbortSignal): Promise<string | undefined> {
  const { format } = image.piece;
  if (format !== 'qcow2' && format !== 'vmdk' && format !== 'vdi' && format !== 'vhdx') return undefined;
  const { stdout, stderr } = await askAnyway(image, ['check', '--output=json'], signal);
  const parsed = checkSchema.safeParse(jsonOf(stdout));
  if (lacksMemory(stderr)) return needsMemory;
  // Without a report it could not even be opened, or has no tables to check.
  if (!parsed.success) return stderr.includes('does not support checks') ? undefined : reasonOf(stderr);
  const { corruptions, 'check-errors': errors, 'image-end-offset': end = 0 } = parsed.data;
  if (corruptions + errors > 0) return `${corruptions + errors} of its entries lead to nowhere`;
  return end - maxClusterBytes >= size ? `it is cut off: ${size} of ${end} bytes are there` : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return undefined;
  }
}

const infoSchema = z.object({ 'virtual-size': z.number().int().positive() });

/** How long the disk in an image is, as the guest sees it, in bytes. @throws AppError `image-damaged` */
export async function virtualBytes(image: OpenPiece, signal: AbortSignal): Promise<number> {
  const text = await ask(image, ['info', '--output=json'], signal);
  return infoSchema.parse(JSON.parse(text))['virtual-size'];
}

/**
 * Fills a part of a raw disk, which has zeros there, with a part of an image; zeros become holes. `onFraction` is told 0
 * to 1. Called off, it leaves a part behind, for the owner of the disk.
 * @throws Error with the code `ENOSPC` where the volume is full; AppError `image-damaged` with QEMU's words
 */
export async function convertStretch(
  image: OpenPiece,
  disk: FileHandle,
  { from, bytes, target }: Stretch,
  onFraction: (fraction: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const files = new HandedFiles();
  const size = bytes === undefined ? {} : { size: bytes };
  await using opened = new Opened();
  const source = { driver: 'raw', offset: from, ...size, file: await image.node(files, opened.handles) };
  const file = { driver: 'file', filename: files.write(disk) };
  const names = [source, { driver: 'raw', offset: target, ...size, file }].map(nameOf);
  const args = ['convert', '-p', '-n', '--target-is-zero', '-O', 'raw', ...names];
  // Its last sector is written whole.
  const maxFileBytes = (await disk.stat()).size + mebibyte;
  await run(args, { files, maxFileBytes }, signal, fractionsTo(onFraction));
}

/**
 * Makes a qcow2 image of a raw disk, in a file that is there and empty.
 * @throws like {@link convertStretch}
 */
export async function convertToQcow2(
  disk: FileHandle,
  target: FileHandle,
  onFraction: (fraction: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const files = new HandedFiles();
  const source = { driver: 'raw', file: { driver: 'file', filename: files.read(disk) } };
  // Clusters of 64 KiB have entries of 8 and 2 bytes.
  const { size } = await disk.stat();
  const maxFileBytes = size + Math.ceil(size / 1024) + 64 * mebibyte;
  const args = ['convert', '-p', '-O', 'qcow2', nameOf(source), files.write(target)];
  await run(args, { files, maxFileBytes }, signal, fractionsTo(onFraction));
}

/** Written as JSON, since a plain name may mean a protocol, and a format that is guessed may be one that names further files. */
const nameOf = (node: BlockNode): string => `json:${JSON.stringify(node)}`;

/** What is open for one run of the program. */
class Opened implements AsyncDisposable {
  readonly handles: FileHandle[] = [];

  async [Symbol.asyncDispose](): Promise<void> {
    for (const handle of this.handles) await handle.close();
  }
}

function fractionsTo(onFraction: (fraction: number) => void): (text: string) => void {
  return (text) => {
    const percent = [...text.matchAll(/\((\d+(?:\.\d+)?)\/100%\)/g)].at(-1)?.[1];
    if (percent !== undefined) onFraction(Number(percent) / 100);
  };
}

/** Asks about an image. @throws AppError `image-damaged` */
async function ask(image: OpenPiece, args: readonly string[], signal: AbortSignal): Promise<string> {
  return requireSuccess(await askAnyway(image, args, signal)).stdout;
}

async function askAnyway(image: OpenPiece, args: readonly string[], signal: AbortSignal): Promise<ConfinedResult> {
  const files = new HandedFiles();
  await using opened = new Opened();
  const name = nameOf(await image.node(files, opened.handles));
  return await runAnyway([...args, name], { files, maxFileBytes: 0 }, signal);
}

interface Access {
  readonly files: HandedFiles;
  readonly maxFileBytes: number;
}

async function run(
  args: readonly string[],
  access: Access,
  signal: AbortSignal,
  onOutput: (text: string) => void,
): Promise<void> {
  requireSuccess(await runAnyway(args, access, signal, onOutput));
}

async function runAnyway(
  args: readonly string[],
  access: Access,
  signal: AbortSignal,
  onOutput?: (text: string) => void,
): Promise<ConfinedResult> {
  return await runConfined({ program: await findQemuImg(), args, maxMemoryBytes, ...access }, signal, onOutput);
}

function requireSuccess(result: ConfinedResult): ConfinedResult {
  const { code, stderr } = result;
  if (code === 0) return result;
  if (/No space left on device|Disk quota exceeded/.test(stderr))
    throw Object.assign(new Error(stderr.trim()), { code: 'ENOSPC' });
  if (stderr.includes('File too large')) throw Object.assign(new Error(stderr.trim()), { code: 'EFBIG' });
  throw new AppError('image-damaged', `The image can’t be read: ${reasonOf(stderr)}.`, {
    hint: 'Get or copy it again. If it is on a drive of its own, check that this is connected.',
    details: stderr.trim(),
  });
}

/** GLib, QEMU's own allocation, its threads, and the system say it in words of their own. */
const lacksMemory = (stderr: string): boolean =>
  /(failed|unable) to allocate|could not allocate|Cannot allocate memory|qemu_thread_create/i.test(stderr);
const needsMemory = `its tables take more than the ${maxMemoryBytes / mebibyte} MiB of memory that reading an image gets`;

/** The last line that it said, without its name and ours for the image. */
function reasonOf(stderr: string): string {
  if (lacksMemory(stderr)) return needsMemory;
  const line = stderr.trim().split('\n').at(-1) ?? '';
  const reason = line
    .replace(/^qemu-img: /, '')
    .replace(/^Could not open '(json:.*?|\/(proc\/self|dev)\/fd\/\d+)': /, '')
    .replace(/\.$/, '');
  return reason === '' ? 'qemu-img ended without saying why' : reason;
}
