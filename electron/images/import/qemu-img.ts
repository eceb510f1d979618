import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import { AppError } from '../../contract/errors.ts';
import { findProgram } from '../../hypervisor/qemu/programs.ts';
import { pathOf } from './door.ts';
import type { ImagePlace, QemuFormat } from './import-plan.ts';

/** Where package managers of macOS put it when PATH does not say so. */
const places = ['/opt/homebrew/bin', '/usr/local/bin', '/opt/local/bin'];
/** What is kept of a program's complaints. */
const mostErrorText = 8_000;

/** The program that converts disk images. @throws AppError `not-supported` with how to get it */
export async function findQemuImg(): Promise<string> {
  const program = await findProgram('qemu-img', places);
  if (program !== undefined) return program;
  throw new AppError('not-supported', 'Disk images of this format are read by qemu-img, which is not installed.', {
    hint:
      process.platform === 'darwin' ? 'Install it: brew install qemu' : 'Install it: sudo apt-get install qemu-utils',
  });
}

/**
 * How `qemu-img` is told to open an image: as this format and no other, from this file and no other. Written as JSON,
 * since a plain name may mean a protocol, and a format that is guessed may be one that names further files.
 */
export function imageName(format: QemuFormat, place: ImagePlace): string {
  return `json:${JSON.stringify(imageNode(format, place))}`;
}

function imageNode(format: QemuFormat, { part: image, window }: ImagePlace): object {
  const file = { driver: 'file', filename: pathOf(image) };
  const part = window === undefined ? file : { driver: 'raw', offset: window.offset, size: window.size, file };
  if (format === 'raw' && window !== undefined) return part;
  return { driver: format, file: part, ...(format === 'qcow2' ? { backing: null } : {}) };
}

const measureSchema = z.object({ required: z.number() });

/** About what the data of an image takes, holes left out, in bytes; undefined if it can't be measured. */
export async function measure(format: QemuFormat, place: ImagePlace, signal: AbortSignal): Promise<number | undefined> {
  try {
    const text = await run(['measure', '--output=json', '-O', 'qcow2', imageName(format, place)], signal);
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
const longestCluster = 2 * 1024 ** 2;

/**
 * What is wrong with the tables of an image, in a few words; undefined if nothing is. Without this, one whose end is
 * missing would be converted into a disk with zeros there. `size` is the length of the file, in bytes.
 */
export async function whatIsWrong(
  format: QemuFormat,
  place: ImagePlace,
  size: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (format !== 'qcow2' && format !== 'vmdk' && format !== 'vdi' && format !== 'vhdx') return undefined;
  const { stdout, stderr } = await runAnyway(['check', '--output=json', imageName(format, place)], signal);
  const parsed = checkSchema.safeParse(jsonOf(stdout));
  // Without a report it could not even be opened, or has no tables to check.
  if (!parsed.success) return stderr.includes('does not support checks') ? undefined : reasonOf(stderr);
  const { corruptions, 'check-errors': errors, 'image-end-offset': end = 0 } = parsed.data;
  if (corruptions + errors > 0) return `${corruptions + errors} of its entries lead to nowhere`;
  return end - longestCluster >= size ? `it is cut off: ${size} of ${end} bytes are there` : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return undefined;
  }
}

/** Writes the first `bytes` of the disk in an image to a new raw file; undefined: all of it. */
export async function writeHead(
  format: QemuFormat,
  place: ImagePlace,
  target: string,
  bytes: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const node = imageNode(format, place);
  const head = bytes === undefined ? node : { driver: 'raw', offset: 0, size: bytes, file: node };
  await run(['convert', '-O', 'raw', `json:${JSON.stringify(head)}`, target], signal);
}

/**
 * Makes a new image from another, with holes where there are zeros. Called off, it leaves a part behind, for whoever owns
 * the folder. `onFraction` is told 0 to 1.
 * @throws Error with the code `ENOSPC` where the volume is full; AppError `image-damaged` with QEMU's words
 */
export async function convert(
  from: { format: QemuFormat; place: ImagePlace },
  to: { format: 'raw' | 'qcow2'; path: string },
  onFraction: (fraction: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const args = ['convert', '-p', '-O', to.format, imageName(from.format, from.place), to.path];
  await run(args, signal, fractionsTo(onFraction));
}

const infoSchema = z.object({ 'virtual-size': z.number().int().positive() });

/** How long the disk in an image is, as the guest sees it, in bytes. @throws AppError `image-damaged` */
export async function virtualBytes(
  { format, place }: { format: QemuFormat; place: ImagePlace },
  signal: AbortSignal,
): Promise<number> {
  const text = await run(['info', '--output=json', imageName(format, place)], signal);
  return infoSchema.parse(JSON.parse(text))['virtual-size'];
}

/**
 * Fills a part of a raw disk, which has zeros there, with the same part of an image. Without `to`, up to its end, which
 * alone need not be that of a sector.
 * @throws like {@link convert}
 */
export async function convertRange(
  { format, place }: { format: QemuFormat; place: ImagePlace },
  disk: string,
  { from, to }: { from: number; to: number | undefined },
  onFraction: (fraction: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const range = { offset: from, ...(to === undefined ? {} : { size: to - from }) };
  const source = { driver: 'raw', ...range, file: imageNode(format, place) };
  const target = { driver: 'raw', ...range, file: { driver: 'file', filename: disk } };
  const names = [source, target].map((node) => `json:${JSON.stringify(node)}`);
  await run(['convert', '-p', '-n', '--target-is-zero', '-O', 'raw', ...names], signal, fractionsTo(onFraction));
}

function fractionsTo(onFraction: (fraction: number) => void): (text: string) => void {
  return (text) => {
    const percent = [...text.matchAll(/\((\d+(?:\.\d+)?)\/100%\)/g)].at(-1)?.[1];
    if (percent !== undefined) onFraction(Number(percent) / 100);
  };
}

async function run(args: readonly string[], signal: AbortSignal, onOutput?: (text: string) => void): Promise<string> {
  const { code, stdout, stderr } = await runAnyway(args, signal, onOutput);
  if (code === 0) return stdout;
  if (/No space left on device|Disk quota exceeded/.test(stderr))
    throw Object.assign(new Error(stderr.trim()), { code: 'ENOSPC' });
  if (stderr.includes('File too large')) throw Object.assign(new Error(stderr.trim()), { code: 'EFBIG' });
  throw new AppError('image-damaged', `The image can’t be read: ${reasonOf(stderr)}.`, {
    hint: 'Get or copy it again. If it is on a drive of its own, check that this is connected.',
    details: stderr.trim(),
  });
}

/** The last line that it said, without its name and ours for the image. */
function reasonOf(stderr: string): string {
  const line = stderr.trim().split('\n').at(-1) ?? '';
  const reason = line
    .replace(/^qemu-img: /, '')
    .replace(/^Could not open 'json:.*?': /, '')
    .replace(/\.$/, '');
  return reason === '' ? 'qemu-img ended without saying why' : reason;
}

async function runAnyway(args: readonly string[], signal: AbortSignal, onOutput?: (text: string) => void) {
  const program = await findQemuImg();
  signal.throwIfAborted();
  const child = await start(program, args);
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill);
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    if (onOutput === undefined) stdout += text;
    else onOutput(text);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-mostErrorText)));
  try {
    // `once` rejects if it could not be started.
    const [code] = (await once(child, 'close')) as [number | null];
    signal.throwIfAborted();
    return { code, stdout, stderr };
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

/**
 * On Linux it ends with us, also when we are killed: it would go on writing into a folder that the next Tatin sweeps
 * away.
 */
async function start(program: string, args: readonly string[]): Promise<ChildProcess> {
  const guard = process.platform === 'linux' ? await findProgram('setpriv') : undefined;
  const [command, ...rest] = guard === undefined ? [program] : [guard, '--pdeathsig', 'KILL', program];
  return spawn(command, [...rest, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
  });
}
