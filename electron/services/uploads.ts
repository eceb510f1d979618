import { link, mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { ByteChannel } from '../contract/contract.ts';
import { AppError } from '../contract/errors.ts';
import type { ImportSource, Upload, UploadBegin } from '../contract/imports.ts';
import { hasCode, inUserWords } from '../library/file-errors.ts';
import type { Library } from '../library/library.ts';
import { freeName } from '../library/names.ts';
import { requireSpace } from '../library/space.ts';
import { Staging } from '../library/staging.ts';
import { UploadChannel } from './upload-channel.ts';
import { makeUploadFiles, partOfUpload, type UploadFiles, UploadWriter } from './upload-files.ts';

/** What nobody asked for in so long was given up by its page. */
const keepIdleMs = 60 * 60 * 1000;

interface Entry {
  readonly upload: Upload;
  readonly staging: Staging;
  readonly files: UploadFiles;
  received: number;
  /** The page's connection, if it has one. */
  channel: UploadChannel | undefined;
  timer: NodeJS.Timeout | undefined;
  /** Whether its page still wants it. */
  isHeldByPage: boolean;
  /** Jobs that want it, or may want it for another try. */
  holders: number;
  /** Who works with it at this moment. */
  users: number;
}

/** What a page sent: all of it, or a part of a folder. */
export type UploadSource = Extract<ImportSource, { from: 'upload' }>;

/**
 * Files and folders that pages send, each in a staging folder of the home until neither its page nor a job wants it. They
 * end with this Tatin: after a kill, the next sweep deletes them.
 */
export class Uploads implements AsyncDisposable {
  readonly #library: Library;
  readonly #entries = new Map<string, Entry>();

  constructor(library: Library) {
    this.#library = library;
  }

  /** Makes room for a file, or says how much of it has come. @throws AppError `no-space`, `invalid-input` */
  async begin(wanted: UploadBegin): Promise<Upload> {
    const { uploadId, sizeBytes } = wanted;
    const old = this.#entries.get(uploadId);
    if (old === undefined) return await this.#make(wanted);
    if (old.upload.sizeBytes !== sizeBytes)
      throw new AppError('invalid-input', 'The file is not the one whose sending began.', { hint: 'Send it again.' });
    this.#touch(old);
    return { ...old.upload, receivedBytes: old.received };
  }

  async #make(wanted: UploadBegin): Promise<Upload> {
    const { home } = this.#library;
    const { uploadId, name, sizeBytes } = wanted;
    return await inUserWords(home, `Receiving ${JSON.stringify(name)}`, async () => {
      await requireSpace(home.path, sizeBytes, `Receiving ${JSON.stringify(name)}`);
      const staging = await Staging.make(home);
      try {
        const files = await makeUploadFiles(staging.folder, wanted);
        const upload: Upload = { uploadId, name, sizeBytes, receivedBytes: 0 };
        const nobody = { channel: undefined, timer: undefined, holders: 0, users: 0 };
        const entry: Entry = { upload, staging, files, received: 0, isHeldByPage: true, ...nobody };
        this.#entries.set(uploadId, entry);
        this.#touch(entry);
        return upload;
      } catch (error) {
        await staging[Symbol.asyncDispose]();
        throw error;
      }
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
    const writer = new UploadWriter(entry.files, offset);
    this.#touch(entry);
    const channel = new UploadChannel({
      take: async (bytes) => {
        if (entry.received + bytes.length > entry.upload.sizeBytes)
          throw new AppError('invalid-input', 'More came than the file should have.');
        await inUserWords(this.#library.home, `Receiving ${JSON.stringify(entry.upload.name)}`, () =>
          writer.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
        );
        entry.received += bytes.length;
        this.#touch(entry);
        return entry.received === entry.upload.sizeBytes;
      },
      ended: async () => {
        if (entry.channel === channel) entry.channel = undefined;
        await writer[Symbol.asyncDispose]();
      },
    });
    entry.channel = channel;
    if (entry.received === entry.upload.sizeBytes) setImmediate(() => void channel.end(undefined));
    return channel;
  }

  /** The file or folder, which is kept while `work` runs. @throws AppError `file-not-found`, `invalid-input` if it is not complete */
  async use<T>(source: UploadSource, work: (file: string) => Promise<T>): Promise<T> {
    const file = this.file(source);
    const entry = this.#find(source.uploadId);
    entry.users++;
    clearTimeout(entry.timer);
    try {
      return await work(file);
    } finally {
      entry.users--;
      await this.#settle(entry);
    }
  }

  /** @throws AppError `file-not-found`, `invalid-input` if it is not complete */
  file({ uploadId, part }: Omit<UploadSource, 'from'>): string {
    const { files, upload, received } = this.#find(uploadId);
    if (received === upload.sizeBytes) return part === undefined ? files.path : partOfUpload(files, part);
    throw new AppError('invalid-input', `Of ${upload.name}, ${received} of ${upload.sizeBytes} bytes have come.`, {
      hint: 'Wait until it is sent.',
      retry: true,
    });
  }

  /** A file or folder of an upload, as a page asks for it. */
  async partAt(uploadId: string, file: string): Promise<UploadSource> {
    const part = path.relative(await realpath(this.#find(uploadId).files.path), file);
    return { from: 'upload', uploadId, part: part.split(path.sep).join('/') };
  }

  /** Keeps an upload for a job until the returned function is called, whatever its page does. @throws AppError `file-not-found` */
  hold(uploadId: string): () => Promise<void> {
    const entry = this.#find(uploadId);
    entry.holders++;
    let isHeld = true;
    return async () => {
      if (!isHeld) return;
      isHeld = false;
      entry.holders--;
      await this.#settle(entry);
    };
  }

  /** Keeps a file that others refer to from now on, e.g. an installer disc, in a folder of the home. Gives its path. */
  async keepDisc(source: UploadSource): Promise<string> {
    const from = this.file(source);
    const folder = path.join(this.#library.home.cache, 'Discs');
    await mkdir(folder, { recursive: true });
    for (const taken = new Set<string>(); ;) {
      const name = freeName(path.basename(from), (wish) => taken.has(wish));
      const target = path.join(folder, name);
      try {
        await link(from, target);
        // Of a folder, there is more to be asked about.
        if (source.part === undefined) await this.discard(source.uploadId);
        return target;
      } catch (error) {
        if (!hasCode(error, 'EEXIST')) throw error;
        taken.add(name);
      }
    }
  }

  /** The page wants it no more; it is deleted when no job does. Nothing to do is no error. */
  async discard(uploadId: string): Promise<void> {
    const entry = this.#entries.get(uploadId);
    if (entry === undefined) return;
    entry.isHeldByPage = false;
    await this.#settle(entry);
  }

  /** Deletes it if nobody wants it, else sees to it that it is not kept for ever. */
  async #settle(entry: Entry): Promise<void> {
    if (entry.isHeldByPage || entry.holders > 0 || entry.users > 0) this.#touch(entry);
    else await this.#delete(entry);
  }

  async #delete(entry: Entry): Promise<void> {
    if (!this.#entries.delete(entry.upload.uploadId)) return;
    clearTimeout(entry.timer);
    await entry.channel?.end('The file is no longer wanted.');
    await entry.staging[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const entry of [...this.#entries.values()]) await this.#delete(entry);
  }

  #find(uploadId: string): Entry {
    const entry = this.#entries.get(uploadId);
    if (entry !== undefined) return entry;
    throw new AppError('file-not-found', 'The file that was sent is no longer here.', { hint: 'Send it again.' });
  }

  #touch(entry: Entry): void {
    clearTimeout(entry.timer);
    if (entry.users > 0) return;
    entry.timer = setTimeout(() => void this.#delete(entry).catch(() => undefined), keepIdleMs).unref();
  }
}
