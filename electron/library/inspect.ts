import { isUtf8 } from 'node:buffer';
import { type Stats, lstatSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Annotations } from '../contract/machine.ts';
import { noAnnotations, readAnnotations } from './annotations.ts';
import { type VmConfig, parseConfig } from './config.ts';
import { ConfigError } from '../files/config-error.ts';
import { codeOf, hasCode } from '../files/error-codes.ts';
import { tartFiles, tatinFiles } from './layout.ts';
import { readConfigText, runLockPid } from '../files/locks.ts';
import type { LibraryEntry, UnreadableVm } from './vm.ts';

/** What was read from a file, good for as long as the file is the same. */
interface Cached<T> {
  stamp: string;
  value: T;
}

interface ConfigLook {
  parsed: VmConfig | ConfigError;
  /** See `lockPid` of a LibraryVm. */
  lockPid: number | undefined;
}

/**
 * Looks at VM folders, and remembers what their files said while these are unchanged, so that looking again costs a
 * few calls of `stat`. Synchronous: a thousand VMs are some ten thousand calls of a few microseconds each, which as
 * promises would take ten times as long; and config.json must be opened and closed in one go (see `locks.ts`). Whoever
 * looks at many lets the event loop breathe between them ({@link inspectAll}).
 */
export class Inspector {
  readonly #configs = new Map<string, Cached<VmConfig | ConfigError>>();
  readonly #annotations = new Map<string, Cached<Annotations>>();

  /**
   * The entry of one folder; undefined if there is no folder (any more). Never throws: what can't be looked at is an entry
   * with the reason.
   */
  inspect(name: string, folder: string): LibraryEntry | undefined {
    let status: Stats | undefined;
    try {
      status = statOf(folder);
      if (status?.isDirectory() !== true) return this.#notAFolder(name, folder, status);
      return this.#inspectFolder(name, folder, status);
    } catch (error) {
      return unreadable(name, folder, status, reasonOf(error));
    }
  }

  /** Forgets what is no longer there. */
  keepOnly(folders: ReadonlySet<string>): void {
    for (const cache of [this.#configs, this.#annotations])
      for (const folder of cache.keys()) if (!folders.has(folder)) cache.delete(folder);
  }

  #notAFolder(name: string, folder: string, status: Stats | undefined): LibraryEntry | undefined {
    if (status !== undefined) return undefined;
    const link = lstatSync(folder, { throwIfNoEntry: false });
    if (link === undefined && isNotUtf8(name, folder))
      return unreadable(name, folder, undefined, 'its name is not UTF-8, so no program can be told of it');
    if (link?.isSymbolicLink() !== true) return undefined;
    return unreadable(name, folder, link, 'the folder that it links to is missing');
  }

  #inspectFolder(name: string, folder: string, status: Stats): LibraryEntry {
    // Not path.join: `folder` is normal already, and a thousand VMs are ten thousand paths.
    const file = (leaf: string) => `${folder}${path.sep}${leaf}`;
    const config = statOf(file(tartFiles.config));
    const disk = statOf(file(tartFiles.disk));
    const nvram = statOf(file(tartFiles.nvram));
    const missing = missingFile(folder, { config, disk, nvram });
    if (config === undefined || disk === undefined || missing !== undefined)
      return unreadable(name, folder, status, missing ?? 'files are missing');
    const { parsed, lockPid } = this.#config(folder, file(tartFiles.config), config);
    if (parsed instanceof ConfigError) return unreadable(name, folder, status, parsed.message);
    return {
      kind: 'machine',
      name,
      folder,
      config: parsed,
      annotations: this.#annotationsOf(folder),
      diskBytes: disk.size,
      allocatedBytes: allocated(config, disk, nvram),
      accessedAt: status.atime,
      lockPid,
      suspendedAt: (statOf(file(tartFiles.savedState)) ?? statOf(file(tatinFiles.qemuSavedState)))?.mtime,
      eventsVersion: versionOf(statOf(file(tatinFiles.events))),
    };
  }

  /** What config.json says, from memory if it is unchanged, and who holds its lock. */
  #config(folder: string, configPath: string, status: Stats): ConfigLook {
    const stamp = stampOf(status);
    const known = this.#configs.get(folder);
    if (known?.stamp === stamp) return { parsed: known.value, lockPid: runLockPid(configPath) };
    const look = readConfig(configPath);
    // A file that was changed a moment ago may be changed again within the same tick of the file system's clock.
    if (Date.now() - status.mtimeMs > 100) this.#configs.set(folder, { stamp, value: look.parsed });
    else this.#configs.delete(folder);
    return look;
  }

  #annotationsOf(folder: string): Annotations {
    const status = statOf(`${folder}${path.sep}${tatinFiles.annotations}`);
    if (status === undefined) return noAnnotations();
    const stamp = stampOf(status);
    const known = this.#annotations.get(folder);
    if (known?.stamp === stamp) return known.value;
    const value = readAnnotations(folder);
    this.#annotations.set(folder, { stamp, value });
    return value;
  }
}

function readConfig(configPath: string): ConfigLook {
  let lockPid: number | undefined;
  try {
    const glance = readConfigText(configPath);
    lockPid = glance.lockPid;
    return { parsed: parseConfig(glance.text), lockPid };
  } catch (error) {
    if (error instanceof ConfigError) return { parsed: error, lockPid };
    throw error;
  }
}

function missingFile(
  folder: string,
  files: { config: Stats | undefined; disk: Stats | undefined; nvram: Stats | undefined },
): string | undefined {
  if (files.config === undefined) return `${tartFiles.config} is missing`;
  if (!files.config.isFile()) return `${tartFiles.config} is not a file`;
  const exists = (leaf: string) => statOf(`${folder}${path.sep}${leaf}`) !== undefined;
  if (exists(tartFiles.overlay) || (files.disk === undefined && exists(tartFiles.manifest)))
    return 'it was made by a newer Tart (stacked disk)';
  if (files.disk === undefined) return `${tartFiles.disk} is missing`;
  if (!files.disk.isFile() && !files.disk.isBlockDevice()) return `${tartFiles.disk} is not a file`;
  if (files.nvram === undefined) return `${tartFiles.nvram} is missing`;
  return undefined;
}

function unreadable(name: string, folder: string, status: Stats | undefined, reason: string): UnreadableVm {
  const leaves = [tartFiles.config, tartFiles.disk, tartFiles.nvram, tartFiles.overlay];
  const files = leaves.map((leaf) => {
    try {
      return statOf(path.join(folder, leaf));
    } catch {
      // What can't be looked at is why the entry is here; its size is not known either.
      return undefined;
    }
  });
  const accessedAt = status?.atime ?? new Date(0);
  return { kind: 'unreadable', name, folder, reason, allocatedBytes: allocated(...files), accessedAt };
}

/** Bytes that files take on the host: `blocks` counts in 512 bytes whatever the file system's block is (POSIX). */
function allocated(...files: (Stats | undefined)[]): number {
  return files.reduce((sum, status) => sum + (status?.blocks ?? 0) * 512, 0);
}

function stampOf(status: Stats): string {
  return `${status.dev}:${status.ino}:${status.size}:${status.mtimeMs}:${status.ctimeMs}`;
}

function versionOf(status: Stats | undefined): string | undefined {
  return status === undefined ? undefined : `${status.mtimeMs}-${status.size}`;
}

function statOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    // A link that leads round in a circle is as missing as one that leads nowhere.
    if (hasCode(error, 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG')) return undefined;
    throw error;
  }
}

function reasonOf(error: unknown): string {
  if (hasCode(error, 'EACCES', 'EPERM')) return 'you are not allowed to read it';
  if (hasCode(error, 'EIO')) return 'the drive reports an error when it is read';
  const code = codeOf(error);
  if (code !== undefined) return `the system reports ${code} when it is read`;
  // A fault of ours, which must not take the other rows along; who looks for it finds it named.
  return `Tatin can't read it (${error instanceof Error ? `${error.name}: ${error.message}` : String(error)})`;
}

/** Node shows bytes that are no UTF-8 as U+FFFD, and a path with that leads nowhere. */
function isNotUtf8(name: string, folder: string): boolean {
  if (!name.includes('\uFFFD')) return false;
  return readdirSync(path.dirname(folder), 'buffer').some((bytes) => !isUtf8(bytes) && bytes.toString() === name);
}

/** Looks at many folders, at most some milliseconds at a time. */
export async function inspectAll(
  inspector: Inspector,
  folders: Iterable<{ name: string; folder: string }>,
): Promise<LibraryEntry[]> {
  const entries: LibraryEntry[] = [];
  let breath = performance.now();
  for (const { name, folder } of folders) {
    const entry = inspector.inspect(name, folder);
    if (entry !== undefined) entries.push(entry);
    // Half a frame: a window that is drawn by the same process does not stutter.
    if (performance.now() - breath < 8) continue;
    await new Promise((resolve) => setImmediate(resolve));
    breath = performance.now();
  }
  return entries;
}
