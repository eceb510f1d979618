import { type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import { tartFiles } from './layout.ts';
import { requireNoLinksOut } from './links-out.ts';
import { FolderLock, runLockPid } from '../files/locks.ts';
import type { LibraryVm } from './vm.ts';

/**
 * A VM that something is made of, and that must stay as it is meanwhile: a shared `flock` on its disk keeps away whoever
 * asks for it, and {@link check} notices who starts it or writes to it anyway. Dispose of it to let go.
 */
export class SourceVmLock implements Disposable {
  readonly #name: string;
  readonly #doing: string;
  readonly #configPath: string;
  readonly #files: string[];
  readonly #before: string;
  readonly #diskLock: FolderLock;

  /**
   * @param doing "duplicating", for the reason why not
   * @throws AppError `vm-running`, `disk-in-use`, `paths-not-confirmed` for a file that is a link to what was not allowed
   */
  constructor(vm: LibraryVm, doing: 'duplicating' | 'exporting') {
    this.#name = vm.name;
    this.#doing = doing;
    this.#configPath = path.join(vm.folder, tartFiles.config);
    const diskPath = path.join(vm.folder, tartFiles.disk);
    this.#files = [this.#configPath, diskPath, path.join(vm.folder, tartFiles.savedState)];
    this.#before = this.#stamp();
    this.check();
    requireNoLinksOut(vm.folder, vm.config.macAddress, doing === 'exporting' ? 'exported' : 'duplicated');
    this.#diskLock = lockDisk(diskPath, vm.name);
  }

  /** @throws AppError `vm-running` */
  check(): void {
    const name = JSON.stringify(this.#name);
    const pid = runLockPid(this.#configPath);
    if (pid !== undefined)
      throw new AppError('vm-running', `${name} is running${pid > 0 ? ` (process ${pid})` : ''}.`, {
        hint: `Shut it down or suspend it before ${this.#doing} it.`,
      });
    if (this.#stamp() !== this.#before)
      throw new AppError('vm-running', `${name} was changed while it was being copied.`, {
        hint: 'Try again when nothing else works on it.',
        retry: true,
      });
  }

  [Symbol.dispose](): void {
    this.#diskLock.release();
  }

  #stamp(): string {
    return this.#files.map((file) => stampOf(statSync(file, { throwIfNoEntry: false }))).join();
  }
}

function stampOf(status: Stats | undefined): string {
  return status === undefined ? 'none' : `${status.ino}:${status.size}:${status.mtimeMs}`;
}

function lockDisk(diskPath: string, name: string): FolderLock {
  const lock = FolderLock.tryAcquire(diskPath, 'shared');
  if (lock !== undefined) return lock;
  throw new AppError('disk-in-use', `Another program uses the disk of ${JSON.stringify(name)}.`, {
    hint: 'It may be mounted. Close it there and try again.',
    retry: true,
  });
}
