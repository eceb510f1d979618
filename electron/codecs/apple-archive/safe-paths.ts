import { refusedArchive } from './archive-errors.ts';

/** Of a path in bytes, and of a name in it: what APFS and ext4 can hold, and no more than a path may have on macOS. */
const maxPathBytes = 1000;
const maxNameBytes = 255;

/**
 * Decides which paths of an archive may become files below one folder. It remembers what it allowed: a name that comes
 * twice would let a later entry replace an earlier one, and names that differ by case or by Unicode form alone are the
 * same file on a Mac.
 */
export class SafePaths {
  readonly #source: string;
  readonly #known = new Map<string, { readonly path: string; readonly kind: 'file' | 'folder' }>();

  /** @param source name of the archive, for messages */
  constructor(source: string) {
    this.#source = source;
  }

  /**
   * The names in `path`, outermost first. Folders above it are taken as made.
   * @throws AppError `image-not-supported` if it may not be made
   */
  admit(path: string, kind: 'file' | 'folder'): string[] {
    const names = this.#split(path);
    names.forEach((_, index) => {
      const isLast = index === names.length - 1;
      this.#claim(names.slice(0, index + 1).join('/'), isLast ? kind : 'folder');
    });
    return names;
  }

  #split(path: string): string[] {
    const quoted = JSON.stringify(path);
    if (path.startsWith('/')) throw this.#refuse(`it holds the absolute path ${quoted}`);
    if (Buffer.byteLength(path) > maxPathBytes) throw this.#refuse('it holds a path that is too long');
    const names = path.split('/');
    if (names.includes('..')) throw this.#refuse(`it holds the path ${quoted}, which leads out of the folder`);
    if (names.some((name) => name === '' || name === '.' || name.includes('\0')))
      throw this.#refuse(`it holds the path ${quoted}, which is not allowed`);
    if (names.some((name) => Buffer.byteLength(name) > maxNameBytes))
      throw this.#refuse('it holds a name that is too long');
    return names;
  }

  #claim(path: string, kind: 'file' | 'folder'): void {
    const key = folded(path);
    const known = this.#known.get(key);
    if (known === undefined) {
      this.#known.set(key, { path, kind });
    } else if (known.path !== path) {
      throw this.#refuse(
        `it holds both ${JSON.stringify(known.path)} and ${JSON.stringify(path)}, which are the same file on a Mac`,
      );
    } else if (known.kind === 'file' || kind === 'file') {
      throw this.#refuse(`it holds ${JSON.stringify(path)} more than once`);
    }
  }

  #refuse(what: string) {
    return refusedArchive(this.#source, what);
  }
}

/** What is left of a name when case and Unicode form are ignored, a little more widely than any file system does. */
function folded(path: string): string {
  return path.normalize('NFKD').toUpperCase().toLowerCase().normalize('NFKD');
}
