import type { FileHandle } from 'node:fs/promises';

/** Where a process finds what it has open. */
const ownDescriptors = process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd';
/** Behind the standard streams. */
const firstDescriptor = 3;
/** As many as the launcher takes of each kind. */
const maxFiles = 64;

/**
 * Regular files that a confined program gets open, and the names by which it opens them: no path of theirs is ever said
 * to it. They stay the caller's, who closes them after the program's end.
 */
export class HandedFiles {
  readonly #files: { readonly handle: FileHandle; readonly isWritable: boolean }[] = [];

  /** Lets the program read a file. The name that this gives is good in that program alone. */
  read(handle: FileHandle): string {
    return this.#add(handle, false);
  }

  /** Lets the program read and write a file, which is open for both. */
  write(handle: FileHandle): string {
    return this.#add(handle, true);
  }

  /** In the order of their numbers in the program, which begin at {@link firstDescriptor}. */
  get descriptors(): number[] {
    return this.#files.map(({ handle }) => handle.fd);
  }

  /** The numbers that they have in the program. */
  get numbers(): { readonly read: number[]; readonly write: number[] } {
    const numbered = this.#files.map(({ isWritable }, index) => ({ isWritable, number: firstDescriptor + index }));
    return {
      read: numbered.filter(({ isWritable }) => !isWritable).map(({ number }) => number),
      write: numbered.filter(({ isWritable }) => isWritable).map(({ number }) => number),
    };
  }

  #add(handle: FileHandle, isWritable: boolean): string {
    if (this.#files.length === maxFiles) throw new RangeError(`A confined program gets at most ${maxFiles} files.`);
    this.#files.push({ handle, isWritable });
    return `${ownDescriptors}/${firstDescriptor + this.#files.length - 1}`;
  }
}
