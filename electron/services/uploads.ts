import { link, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import type { ByteChannel } from '../contract/contract.ts';
import { AppError } from '../contract/errors.ts';
import type { Upload } from '../contract/imports.ts';
import { hasCode, inUserWords } from '../library/file-errors.ts';
import type { Library } from '../library/library.ts';
import { allowedName, freeName } from '../library/names.ts';
import { requireSpace } from '../library/space.ts';
import { writeSparsely } from '../library/sparse.ts';
import { Staging } from '../library/staging.ts';

/** What nobody asked for in so long was given up by its page. */
const keepIdleMs = 60 * 60 * 1000;

interface Entry {
  readonly upload: Upload;
  readonly staging: Staging;
  readonly file: string;
  received: number;
  /** The page's connection, if it has one. */
  channel: UploadChannel | undefined;
  timer: NodeJS.Timeout | undefined;
  /** Jobs that work with it, which keep it. */
  users: number;
}

/**
 * Files that pages send, each in a staging folder of the home until it is imported or given to a guest. They end with
 * this Tatin: after a kill, the next sweep deletes them.
 */
export class Uploads implements AsyncDisposable {
  readonly #library: Library;
  readonly #entries = new Map<string, Entry>();

  constructor(library: Library) {
    this.#library = library;
  }

  /** Makes room for a file, or says how much of it has come. @throws AppError `no-space`, `invalid-input` */
  async begin({ uploadId, name, sizeBytes }: Omit<Upload, 'receivedBytes'>): Promise<Upload> {
    const old = this.#entries.get(uploadId);
    if (old === undefined) return await this.#make({ uploadId, name, sizeBytes });
    if (old.upload.sizeBytes !== sizeBytes)
      throw new AppError('invalid-input', 'The file is not the one whose sending began.', { hint: 'Send it again.' });
    this.#touch(old);
    return { ...old.upload, receivedBytes: old.received };
  }

  async #make({ uploadId, name, sizeBytes }: Omit<Upload, 'receivedBytes'>): Promise<Upload> {
    const { home } = this.#library;
    return await inUserWords(home, `Receiving ${JSON.stringify(name)}`, async () => {
      await requireSpace(home.path, sizeBytes, `Receiving ${JSON.stringify(name)}`);
      const staging = await Staging.make(home);
      const file = path.join(staging.folder, allowedName(path.basename(name)));
      const handle = await open(file, 'wx');
      await handle.truncate(sizeBytes).finally(() => handle.close());
      const upload: Upload = { uploadId, name, sizeBytes, receivedBytes: 0 };
      const entry: Entry = { upload, staging, file, received: 0, channel: undefined, timer: undefined, users: 0 };
      this.#entries.set(uploadId, entry);
      this.#touch(entry);
      return upload;
    });
  }

  /** The channel that takes the bytes from `offset` on. One that is open already ends: its page lost it. */
  async openChannel(uploadId: string, offset: number): Promise<ByteChannel> {
    const entry = this.#find(uploadId);
    await entry.channel?.end('The file is sent on another connection.');
    if (offset !== entry.received)
      throw new AppError('invalid-input', `${entry.received} bytes have come, and more of them start at ${offset}.`, {
        hint: 'Send it again.',
        retry: true,
      });
    const handle = await open(entry.file, 'r+');
    this.#touch(entry);
    const channel = new UploadChannel({
      take: async (bytes) => {
        if (entry.received + bytes.length > entry.upload.sizeBytes)
          throw new AppError('invalid-input', 'More came than the file should have.');
        await inUserWords(this.#library.home, `Receiving ${JSON.stringify(entry.upload.name)}`, () =>
          writeSparsely(handle, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), entry.received),
        );
        entry.received += bytes.length;
        this.#touch(entry);
        return entry.received === entry.upload.sizeBytes;
      },
      ended: async () => {
        if (entry.channel === channel) entry.channel = undefined;
        await handle.close();
      },
    });
    entry.channel = channel;
    if (entry.received === entry.upload.sizeBytes) setImmediate(() => void channel.end(undefined));
    return channel;
  }

  /** The file, which is kept while `work` runs. @throws AppError `file-not-found`, `invalid-input` if it is not complete */
  async use<T>(uploadId: string, work: (file: string) => Promise<T>): Promise<T> {
    const file = this.file(uploadId);
    const entry = this.#find(uploadId);
    entry.users++;
    clearTimeout(entry.timer);
    try {
      return await work(file);
    } finally {
      entry.users--;
      this.#touch(entry);
    }
  }

  /** @throws AppError `file-not-found`, `invalid-input` if it is not complete */
  file(uploadId: string): string {
    const { file, upload, received } = this.#find(uploadId);
    if (received === upload.sizeBytes) return file;
    throw new AppError('invalid-input', `Of ${upload.name}, ${received} of ${upload.sizeBytes} bytes have come.`, {
      hint: 'Wait until it is sent.',
      retry: true,
    });
  }

  /** Keeps a file that others refer to from now on, e.g. an installer disc, in a folder of the home. Gives its path. */
  async keepDisc(uploadId: string): Promise<string> {
    const from = this.file(uploadId);
    const folder = path.join(this.#library.home.cache, 'Discs');
    await mkdir(folder, { recursive: true });
    for (const taken = new Set<string>(); ;) {
      const name = freeName(path.basename(from), (wish) => taken.has(wish));
      const target = path.join(folder, name);
      try {
        await link(from, target);
        await this.discard(uploadId);
        return target;
      } catch (error) {
        if (!hasCode(error, 'EEXIST')) throw error;
        taken.add(name);
      }
    }
  }

  /** Deletes what has come of it. Nothing to do is no error. */
  async discard(uploadId: string): Promise<void> {
    const entry = this.#entries.get(uploadId);
    if (entry === undefined) return;
    this.#entries.delete(uploadId);
    clearTimeout(entry.timer);
    await entry.channel?.end('The file is no longer wanted.');
    await entry.staging[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const uploadId of [...this.#entries.keys()]) await this.discard(uploadId);
  }

  #find(uploadId: string): Entry {
    const entry = this.#entries.get(uploadId);
    if (entry !== undefined) return entry;
    throw new AppError('file-not-found', 'The file that was sent is no longer here.', { hint: 'Send it again.' });
  }

  #touch(entry: Entry): void {
    clearTimeout(entry.timer);
    if (entry.users > 0) return;
    const { uploadId } = entry.upload;
    entry.timer = setTimeout(() => void this.discard(uploadId).catch(() => undefined), keepIdleMs).unref();
  }
}

/** The far end of a page's channel: takes bytes one after the other, and ends when it has all. */
class UploadChannel implements ByteChannel {
  readonly #take: (bytes: Uint8Array) => Promise<boolean>;
  readonly #ended: () => Promise<void>;
  readonly #listeners: ((reason: string | undefined) => void)[] = [];
  #tail: Promise<void> = Promise.resolve();
  #over: { reason: string | undefined } | undefined;

  constructor({ take, ended }: { take: (bytes: Uint8Array) => Promise<boolean>; ended: () => Promise<void> }) {
    this.#take = take;
    this.#ended = ended;
  }

  send(bytes: Uint8Array): Promise<void> {
    const taken = this.#tail.then(async () => {
      if (this.#over !== undefined) throw new AppError('connection-lost', this.#over.reason ?? 'The file is complete.');
      try {
        if (await this.#take(bytes)) this.#finish(undefined);
      } catch (error) {
        this.#finish(AppError.from(error).message);
        throw error;
      }
    });
    this.#tail = taken.catch(() => undefined);
    return taken;
  }

  onData(): void {
    // Nothing is said on this way.
  }

  onClose(listener: (reason: string | undefined) => void): void {
    if (this.#over === undefined) this.#listeners.push(listener);
    else listener(this.#over.reason);
  }

  close(reason?: string): void {
    void this.end(reason);
  }

  /** Ends it once what came before is written. */
  async end(reason: string | undefined): Promise<void> {
    await this.#tail;
    this.#finish(reason);
  }

  #finish(reason: string | undefined): void {
    if (this.#over !== undefined) return;
    this.#over = { reason };
    void this.#ended();
    for (const listener of this.#listeners) listener(reason);
  }
}
