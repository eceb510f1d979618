import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Library } from '../library.ts';
import type { CreateSpec } from '../library.ts';
import type { Work } from '../../jobs/work.ts';

/** A folder for one test, gone at its end. */
export function temporaryFolder(parent = tmpdir()): Disposable & { path: string } {
  const folder = mkdtempSync(path.join(parent, 'tatin-library-'));
  return { path: folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A library in a home of its own, gone at the end of the test. */
export async function temporaryLibrary(parent?: string): Promise<Disposable & { library: Library }> {
  const folder = temporaryFolder(parent);
  return {
    library: await Library.open(path.join(folder.path, 'home')),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/** Work that nobody calls off or looks at. */
export function quietWork(signal = new AbortController().signal): Work {
  return { signal, progress: () => undefined };
}

/** A small VM as Tatin makes it. */
export async function makeVm(library: Library, name: string, more: Partial<CreateSpec> = {}): Promise<string> {
  return (await library.create({ name, os: 'linux', diskBytes: 1_000_000, ...more }, quietWork())).folder;
}

/** A config.json as Tart wrote it for a Linux guest: its keys in no order, and one that we do not know. */
export const tartConfig = `{
  "memorySize" : 17179869184,
  "arch" : "arm64",
  "os" : "linux",
  "cpuCountMin" : 4,
  "display" : {
    "width" : 1920,
    "height" : 1200
  },
  "fromLaterTart" : {
    "path" : "\\/a\\/b",
    "serial" : 12345678901234567890
  },
  "cpuCount" : 4,
  "version" : 1,
  "macAddress" : "7a:0b:2c:00:4e:5f",
  "memorySizeMin" : 4294967296
}`;

/** A VM folder as another program would lay it down, without any code of ours. Returns its path. */
export function layDownVm(library: Library, name: string, config = tartConfig): string {
  const folder = path.join(library.home.vms, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'config.json'), config);
  writeFileSync(path.join(folder, 'nvram.bin'), 'made by a Mac');
  writeFileSync(path.join(folder, 'disk.img'), '');
  truncateSync(path.join(folder, 'disk.img'), 1_000_000);
  return folder;
}
