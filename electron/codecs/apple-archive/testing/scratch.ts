import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder for one test, gone at its end. */
export class Scratch implements Disposable {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'tatin-archive-'));
  /** Where archives are unpacked; not there yet. */
  readonly out = path.join(this.folder, 'out');

  /** Writes a file into the folder; its path. */
  write(name: string, bytes: Uint8Array): string {
    const file = path.join(this.folder, name);
    writeFileSync(file, bytes);
    return file;
  }

  /** Paths of all that is in the folder, and contents of files. */
  tree(folder = this.folder): Record<string, string | null> {
    return Object.fromEntries(
      readdirSync(folder, { recursive: true, withFileTypes: true }).map((item) => {
        const full = path.join(item.parentPath, item.name);
        return [path.relative(folder, full), item.isFile() ? readFileSync(full, 'latin1') : null];
      }),
    );
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A file that another program made. */
export function fixture(name: string): string {
  return path.join(import.meta.dirname, name);
}
