import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { deepestFolder, type UploadBegin } from '../../contract/imports.ts';
import { isFolderName } from '../../library/home.ts';
import { allowedName } from '../../contract/vm-names.ts';
import { writeSparsely } from '../../files/sparse.ts';

/** A file of an upload, and where its bytes lie among all that come. */
interface FilePlace {
  /** Below the folder of the upload, by names. */
  readonly names: readonly string[];
  readonly start: number;
  readonly sizeBytes: number;
}

/** Where what a page sends is written: a file, or the files of a folder one after the other. Nothing outside of it. */
export interface UploadFiles {
  /** The file or the folder. */
  readonly path: string;
  readonly places: readonly FilePlace[];
}

/**
 * Makes the files of an upload in an empty folder, as long as they will be and with nothing in them.
 * @throws AppError `invalid-input` for names that lead out of it or stand in each other's way
 */
export async function makeUploadFiles(folder: string, upload: UploadBegin): Promise<UploadFiles> {
  const name = path.basename(upload.name);
  // Its own name, wherever a file can have it: a guest gets it under that.
  const whole = path.join(folder, isFolderName(name) && !isLong(name) ? name : allowedName(name));
  const places = placesOf(upload);
  for (const { names, sizeBytes } of places) {
    const file = path.join(whole, ...names);
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(file, 'wx');
    await handle.truncate(sizeBytes).finally(() => handle.close());
  }
  return { path: whole, places };
}

function placesOf({ sizeBytes, files }: UploadBegin): FilePlace[] {
  if (files === undefined) return [{ names: [], start: 0, sizeBytes }];
  const taken = new Taken();
  let start = 0;
  const places = files.map((file): FilePlace => {
    const place = { names: taken.admit(file.path), start, sizeBytes: file.sizeBytes };
    start += file.sizeBytes;
    return place;
  });
  if (start !== sizeBytes) throw new AppError('invalid-input', 'The files of the folder are not as long as was said.');
  return places;
}

/** The names that are given away; one that differs only in case is the same on many volumes. */
class Taken {
  readonly #kinds = new Map<string, 'file' | 'folder'>();

  admit(relative: string): string[] {
    const names = relative.split('/');
    const isOdd = names.length > deepestFolder || names.some((name) => !isFolderName(name) || isLong(name));
    if (isOdd) throw new AppError('invalid-input', `A folder can’t have a file ${JSON.stringify(relative)} here.`);
    for (let depth = 1; depth <= names.length; depth++) {
      const key = names.slice(0, depth).join('/').normalize('NFC').toLowerCase();
      const kind = depth === names.length ? 'file' : 'folder';
      const known = this.#kinds.get(key);
      if (known !== undefined && (known === 'file' || kind === 'file'))
        throw new AppError('invalid-input', `Two files of the folder are named ${JSON.stringify(relative)}.`);
      this.#kinds.set(key, kind);
    }
    return names;
  }
}

/** What file systems of today take as a name. */
const isLong = (name: string): boolean => Buffer.byteLength(name) > 255 || /\p{Cc}/u.test(name);

/** Writes the bytes of an upload in the order in which they come, from `offset` on. One file is open at a time. */
export class UploadWriter implements AsyncDisposable {
  readonly #files: UploadFiles;
  #open: { readonly place: FilePlace; readonly handle: FileHandle } | undefined;
  #offset: number;

  constructor(files: UploadFiles, offset: number) {
    this.#files = files;
    this.#offset = offset;
  }

  async write(bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { place, handle } = await this.#here();
      const length = Math.min(bytes.length - done, place.start + place.sizeBytes - this.#offset);
      await writeSparsely(handle, bytes.subarray(done, done + length), this.#offset - place.start);
      done += length;
      this.#offset += length;
    }
  }

  async #here(): Promise<{ place: FilePlace; handle: FileHandle }> {
    const isIn = (place: FilePlace): boolean =>
      this.#offset >= place.start && this.#offset < place.start + place.sizeBytes;
    if (this.#open !== undefined && isIn(this.#open.place)) return this.#open;
    const place = this.#files.places.find(isIn);
    if (place === undefined) throw new AppError('invalid-input', 'More came than the file should have.');
    await this[Symbol.asyncDispose]();
    this.#open = { place, handle: await open(path.join(this.#files.path, ...place.names), 'r+') };
    return this.#open;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = this.#open;
    this.#open = undefined;
    await opened?.handle.close();
  }
}

/** Where a part of an upload is: a file or a folder of it. @throws AppError `file-not-found` */
export function partOfUpload({ path: whole, places }: UploadFiles, part: string): string {
  const names = part.split('/');
  const isThere = places.some(({ names: file }) => names.every((name, index) => file[index] === name));
  if (isThere) return path.join(whole, ...names);
  throw new AppError('file-not-found', `There is no ${JSON.stringify(part)} in the folder that was sent.`);
}
