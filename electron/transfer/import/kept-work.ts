import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { readBounded, RefusedFile } from '../../files/bounded-file.ts';
import { parseBoundedJson } from '../../files/bounded-json.ts';
import { hasCode } from '../../files/error-codes.ts';
import { replaceFile } from '../../files/replace-file.ts';
import type { Home } from '../../library/home.ts';
import { FolderLock } from '../../files/locks.ts';

const noteFile = 'kept.json';
const diskFile = 'disk.img';
/** As long as half a pull: somebody waited for it. */
const keepMs = 7 * 24 * 60 * 60 * 1000;

/** What a note says: how much of the disk is there for good, and for whom. */
const noteSchema = z.object({
  version: z.literal(1),
  doneBytes: z.number().int().min(0),
  lengthBytes: z.number().int().min(1),
  owner: z.string().optional(),
});
type Note = z.infer<typeof noteSchema>;

/** Beside unfinished pulls and for the same reason: `tmp/` is swept by every Tart command once nobody holds a lock there. */
function importsFolder(home: Home): string {
  return path.join(home.cache, 'Tatin', 'imports');
}

/**
 * The disk of an import on its way, which outlives a kill: a file in a folder that is named by what it is made of, and a
 * note of how much of it is on the drive. Locked while it is open. Disposing of it keeps it.
 */
export class KeptWork implements AsyncDisposable {
  readonly handle: FileHandle;
  /** The disk, of its full length. */
  readonly disk: string;
  readonly #folder: string;
  readonly #lock: FolderLock;
  readonly #owner: string | undefined;
  readonly #lengthBytes: number;
  #doneBytes: number;

  private constructor(folder: string, lock: FolderLock, handle: FileHandle, note: Note) {
    this.#folder = folder;
    this.disk = path.join(folder, diskFile);
    this.handle = handle;
    this.#lock = lock;
    this.#owner = note.owner;
    this.#lengthBytes = note.lengthBytes;
    this.#doneBytes = note.doneBytes;
  }

  /**
   * Opens what was kept under `key`, or begins it. Undefined if another import of the same is at work, or the folder is on
   * another volume than `besides`, where the disk must be moved to in one step.
   */
  static async open(
    home: Home,
    key: string,
    { lengthBytes, owner, besides }: { lengthBytes: number; owner: string | undefined; besides: string },
  ): Promise<KeptWork | undefined> {
    const folder = path.join(importsFolder(home), key);
    await mkdir(folder, { recursive: true });
    if ((await stat(folder)).dev !== (await stat(besides)).dev) {
      await rm(folder, { recursive: true, force: true });
      return undefined;
    }
    const lock = tryLock(folder);
    if (lock === undefined) return undefined;
    try {
      const kept = await readNote(folder, lengthBytes);
      const handle = await openDisk(path.join(folder, diskFile), lengthBytes, kept?.doneBytes);
      const note: Note = { version: 1, doneBytes: kept?.doneBytes ?? 0, lengthBytes, owner };
      const work = new KeptWork(folder, lock, handle, note);
      await work.#write();
      return work;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** Bytes from the beginning that are as they will be. */
  get doneBytes(): number {
    return this.#doneBytes;
  }

  /** Begins anew. */
  async clear(): Promise<void> {
    await this.handle.truncate(0);
    await this.handle.truncate(this.#lengthBytes);
    this.#doneBytes = 0;
    await this.#write();
  }

  /** Notes that all is there up to `doneBytes`, once it is on the drive. */
  async checkpoint(doneBytes: number): Promise<void> {
    await this.handle.datasync();
    this.#doneBytes = doneBytes;
    await this.#write();
  }

  /** A reader sees the old note or the new one, also after a power cut. */
  async #write(): Promise<void> {
    const note: Note = {
      version: 1,
      doneBytes: this.#doneBytes,
      lengthBytes: this.#lengthBytes,
      owner: this.#owner,
    };
    await replaceFile(path.join(this.#folder, noteFile), JSON.stringify(note), { flush: true });
  }

  /** Moves the whole disk to its place, and leaves nothing here. */
  async finish(target: string): Promise<void> {
    await rename(this.disk, target);
    await this.discard();
  }

  async discard(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.handle.close();
    this.#lock.release();
  }
}

/** Undefined if there is none that fits the disk. */
async function readNote(folder: string, lengthBytes: number): Promise<Note | undefined> {
  try {
    const note = await parseNote(folder);
    const { size } = await stat(path.join(folder, diskFile));
    return note?.lengthBytes === lengthBytes && size === lengthBytes && note.doneBytes <= size ? note : undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError || error instanceof RefusedFile) return undefined;
    throw error;
  }
}

async function parseNote(folder: string): Promise<Note | undefined> {
  const text = (await readBounded(path.join(folder, noteFile))).toString('utf8');
  return noteSchema.safeParse(parseBoundedJson(text)).data;
}

/** Behind what is done there are zeros, also where a part was begun: what fills the disk leaves zeros out. */
async function openDisk(disk: string, lengthBytes: number, doneBytes: number | undefined): Promise<FileHandle> {
  if (doneBytes === undefined) await rm(disk, { force: true });
  const handle = await open(disk, doneBytes === undefined ? 'wx+' : 'r+', 0o600);
  try {
    await handle.truncate(doneBytes ?? 0);
    await handle.truncate(lengthBytes);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Undefined if somebody works on it, or it went meanwhile. */
function tryLock(folder: string): FolderLock | undefined {
  try {
    return FolderLock.tryAcquire(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Deletes what was kept and nobody came back for in a week. */
export async function sweepKeptWork(home: Home): Promise<void> {
  await discardWhere(home, async (folder) => {
    const note = await stat(path.join(folder, noteFile)).catch(() => undefined);
    return Date.now() - (note ?? (await stat(folder))).mtimeMs > keepMs;
  });
}

/** How much is kept for somebody to go on from, in bytes of disks. */
export async function keptBytes(home: Home, owner: string): Promise<number> {
  let bytes = 0;
  await forEachKept(home, async (folder) => {
    const note = await parseNote(folder).catch(() => undefined);
    if (note?.owner === owner) bytes += note.doneBytes;
  });
  return bytes;
}

/** Deletes what was kept for somebody who does not want to go on with it. */
export async function discardKeptWork(home: Home, owner: string): Promise<void> {
  await discardWhere(home, async (folder) => {
    const note = await parseNote(folder).catch(() => undefined);
    return note?.owner === owner;
  });
}

/** What somebody works on stays. */
async function discardWhere(home: Home, isUnwanted: (folder: string) => Promise<boolean>): Promise<void> {
  await forEachKept(home, async (folder) => {
    if (await isUnwanted(folder)) await rm(folder, { recursive: true, force: true });
  });
}

/** Looks at each that nobody works on, which nobody does meanwhile. */
async function forEachKept(home: Home, look: (folder: string) => Promise<void>): Promise<void> {
  const names = await readdir(importsFolder(home)).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  });
  for (const name of names) {
    const folder = path.join(importsFolder(home), name);
    using lock = tryLock(folder);
    if (lock !== undefined) await look(folder);
  }
}
