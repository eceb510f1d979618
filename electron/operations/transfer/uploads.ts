import { link, mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { ByteChannel } from '../../contract/contract.ts';
import { AppError } from '../../contract/errors.ts';
import type { ImportSource, Upload, UploadBegin } from '../../contract/imports.ts';
import { withUserErrors } from '../../library/file-errors.ts';
import { hasCode } from '../../files/error-codes.ts';
import type { Library } from '../../library/library.ts';
import { freeName } from '../../contract/vm-names.ts';
import { reserveSpace, type SpaceReservation } from '../../files/space.ts';
import { Staging } from '../../library/staging.ts';
import { UploadChannel } from './upload-channel.ts';
import { makeUploadFiles, partOfUpload, type UploadFiles, UploadWriter } from './upload-files.ts';

/** What nobody asked for in so long was given up by its page, in milliseconds. */
const keepIdleMs = 60 * 60 * 1000;
/** The same for what is not complete and of which nothing comes: a page that lost its connection is back by then. */
const keepUnfinishedMs = 30 * 60 * 1000;
/** After so long it is given up for another that has no room otherwise, in milliseconds. */
const keepAgainstOthersMs = 30 * 1000;
/** Files and folders that are kept at once, complete or not. */
const maxUploads = 256;
/** What a file of a folder takes beside its bytes, about. */
const fileOverheadBytes = 4096;

interface Entry {
  readonly upload: Upload;
  readonly staging: Staging;
  readonly files: UploadFiles;
  /** The room for what is still to come. */
  readonly reservation: SpaceReservation;
  received: number;
  /** The page's connection, if it has one. */
  channel: UploadChannel | undefined;
  timer: NodeJS.Timeout | undefined;
  /** When something was last done with it, by the clock of {@link performance}. */
  touchedMs: number;
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
  /** Those that are being made, by their ids. */
  readonly #making = new Map<string, Promise<Upload>>();

  constructor(library: Library) {
    this.#library = library;
  }

  /**
   * Makes room for a file, or says how much of it has come. Room is reckoned together for all that are not complete.
   * @throws AppError `no-space`, `invalid-input`, `not-allowed` if too many are here
   */
  async begin(wanted: UploadBegin): Promise<Upload> {
    const { uploadId, sizeBytes } = wanted;
    // Without a pause between the last look and what follows, so that one id is made once.
    for (let making = this.#making.get(uploadId); making !== undefined; making = this.#making.get(uploadId))
      await making.catch(() => undefined);
    const old = this.#entries.get(uploadId);
    if (old === undefined) {
      const making = this.#makeRoomFor(wanted).finally(() => this.#making.delete(uploadId));
      this.#making.set(uploadId, making);
      return await making;
    }
    if (old.upload.sizeBytes !== sizeBytes)
      throw new AppError('invalid-input', 'The file is not the one whose sending began.', { hint: 'Send it again.' });
    this.#touch(old);
    return { ...old.upload, receivedBytes: old.received };
  }

  /** Gives up what pages seem to have left, the oldest first, as far as that is needed. */
  async #makeRoomFor(wanted: UploadBegin): Promise<Upload> {
    for (;;)
      try {
        return await this.#make(wanted);
      } catch (error) {
        const { code } = AppError.from(error);
        const left = code === 'no-space' || code === 'not-allowed' ? this.#leftByItsPage() : undefined;
        if (left === undefined) throw error;
        await this.#delete(left);
      }
  }

  #leftByItsPage(): Entry | undefined {
    const beforeMs = performance.now() - keepAgainstOthersMs;
    const left = [...this.#entries.values()].filter(
      (entry) => isUnfinished(entry) && entry.channel === undefined && entry.touchedMs < beforeMs,
    );
    return left.sort((one, other) => one.touchedMs - other.touchedMs)[0];
  }

  async #make(wanted: UploadBegin): Promise<Upload> {
    if (this.#entries.size + this.#making.size >= maxUploads)
      throw new AppError('not-allowed', `${maxUploads} files that were sent wait here, and no more are taken.`, {
        hint: 'Wait until some of them are imported, or cancel them.',
        retry: true,
      });
    const { home } = this.#library;
    const { uploadId, name, sizeBytes } = wanted;
    const what = `Receiving ${JSON.stringify(name)}`;
    return await withUserErrors(home, what, async () => {
      await using made = new AsyncDisposableStack();
      const overhead = (wanted.files?.length ?? 0) * fileOverheadBytes;
      const reservation = made.use(await reserveSpace(home.path, sizeBytes + overhead, what));
      const staging = made.use(await Staging.make(home));
      const files = await makeUploadFiles(staging.folder, wanted);
      const upload: Upload = { uploadId, name, sizeBytes, receivedBytes: 0 };
      const nobody = { channel: undefined, timer: undefined, touchedMs: 0, holders: 0, users: 0 };
      const entry: Entry = { upload, staging, files, reservation, received: 0, isHeldByPage: true, ...nobody };
      this.#entries.set(uploadId, entry);
      this.#touch(entry);
      made.move();
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
    const writer = new UploadWriter(entry.files, offset);
    this.#touch(entry);
    const channel = new UploadChannel({
      take: async (bytes) => {
        // Another was opened at the same time, and took its place.
        if (entry.channel !== channel) throw new AppError('connection-lost', 'The file is sent on another connection.');
        if (entry.received + bytes.length > entry.upload.sizeBytes)
          throw new AppError('invalid-input', 'More came than the file should have.');
        await withUserErrors(this.#library.home, `Receiving ${JSON.stringify(entry.upload.name)}`, () =>
          writer.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
        );
        entry.received += bytes.length;
        entry.reservation.take(bytes.length);
        this.#touch(entry);
        const isComplete = isWhole(entry);
        if (isComplete) entry.reservation[Symbol.dispose]();
        return isComplete;
      },
      ended: async () => {
        if (entry.channel === channel) entry.channel = undefined;
        await writer[Symbol.asyncDispose]();
      },
    });
    entry.channel = channel;
    if (isWhole(entry)) setImmediate(() => void channel.end(undefined));
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
      const name = freeName(path.basename(from), (candidate) => taken.has(candidate));
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
    using _room = entry.reservation;
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
    entry.touchedMs = performance.now();
    const keepMs = isUnfinished(entry) ? keepUnfinishedMs : keepIdleMs;
    entry.timer = setTimeout(() => void this.#delete(entry).catch(() => undefined), keepMs).unref();
  }
}

function isWhole({ received, upload }: Entry): boolean {
  return received === upload.sizeBytes;
}

/** Whether more has to come, and no job wants it so far. */
function isUnfinished(entry: Entry): boolean {
  return !isWhole(entry) && entry.holders === 0 && entry.users === 0;
}
