import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, stat, statfs } from 'node:fs/promises';
import { availableParallelism, freemem, homedir, totalmem } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Host } from '../contract/host.ts';
import { projectRoot } from './paths.ts';

/** What the operating system says of this host; what of it can run comes from the drivers. */
export type HostFacts = Omit<Host, 'guests' | 'demoGuest'>;

const isMac = process.platform === 'darwin';

/** Reads what may have changed, and what can't from before. Never fails: what can't be read is said in words. */
export async function readHostFacts(home: string): Promise<HostFacts> {
  return {
    platform: isMac ? 'darwin' : 'linux',
    arch: process.arch === 'arm64' ? 'arm64' : 'amd64',
    noun: isMac ? 'This Mac' : 'This computer',
    processor: await processorName(),
    cpuCount: availableParallelism(),
    memoryBytes: totalmem(),
    memoryAvailableBytes: await availableMemory(),
    home: await homeSpace(home),
    places: await places(),
    version: appVersion(),
  };
}

let processor: Promise<string> | undefined;

function processorName(): Promise<string> {
  processor ??= (isMac ? macProcessor() : linuxProcessor()).catch(() => 'unknown processor');
  return processor;
}

async function macProcessor(): Promise<string> {
  const { stdout } = await promisify(execFile)('/usr/sbin/sysctl', ['-n', 'machdep.cpu.brand_string']);
  return stdout.trim();
}

async function linuxProcessor(): Promise<string> {
  const text = await readFile('/proc/cpuinfo', 'utf8');
  // x86 says "model name"; most arm64 kernels name no model at all.
  return /^(?:model name|Model)\s*:\s*(?<name>.+)$/m.exec(text)?.groups?.name?.trim() ?? `${process.arch} processor`;
}

/** Bytes a new process can have without pushing others out; on Linux what the kernel estimates itself. */
async function availableMemory(): Promise<number> {
  if (isMac) return freemem();
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1];
  return kibibytes === undefined ? freemem() : Number(kibibytes) * 1024;
}

async function homeSpace(home: string): Promise<Host['home']> {
  try {
    // With the separator, a file of that name is no home either.
    const space = await statfs(`${home}${path.sep}`);
    return { path: home, freeBytes: space.bavail * space.bsize, totalBytes: space.blocks * space.bsize };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { path: home, freeBytes: 0, totalBytes: 0, error: `${home} can’t be read: ${reason}` };
  }
}

async function places(): Promise<Host['places']> {
  const candidates = [
    { name: 'Home', path: homedir() },
    ...['Downloads', 'Desktop', 'Documents'].map((name) => ({ name, path: path.join(homedir(), name) })),
    { name: 'Computer', path: '/' },
  ];
  const there = await Promise.all(
    candidates.map(async (place) => (await stat(place.path).catch(() => undefined))?.isDirectory()),
  );
  return candidates.filter((_, index) => there[index] === true);
}

let version: string | undefined;

/** The version in package.json. */
export function appVersion(): string {
  version ??= versionIn(readFileSync(path.join(projectRoot(), 'package.json'), 'utf8'));
  return version;
}

function versionIn(text: string): string {
  const parsed: unknown = JSON.parse(text);
  const found = typeof parsed === 'object' && parsed !== null && 'version' in parsed ? parsed.version : undefined;
  return typeof found === 'string' ? found : '0.0.0';
}
