import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';

/** The folders of a Tart home. Only paths: nothing says that they exist. */
export class Home {
  /** Absolute, as given (symbolic links stay). */
  readonly path: string;
  readonly vms: string;
  readonly cache: string;
  readonly tmp: string;

  constructor(home: string) {
    this.path = path.resolve(home);
    this.vms = path.join(this.path, 'vms');
    this.cache = path.join(this.path, 'cache');
    this.tmp = path.join(this.path, 'tmp');
  }

  /** The folder of a VM, which may or may not exist. @throws AppError `vm-not-found` for what can't be a folder's name */
  vmFolder(name: string): string {
    if (!isFolderName(name))
      throw new AppError('vm-not-found', `There is no virtual machine ${JSON.stringify(name)}.`, {
        hint: 'A name is the name of a folder in ' + this.vms + '.',
      });
    return path.join(this.vms, name);
  }

  /** Makes the home and its folders where they are missing, as Tart does. @throws AppError `home-unavailable` */
  async prepare(): Promise<void> {
    try {
      await mkdir(this.path, { recursive: true, mode: 0o700 });
      for (const folder of [this.cache, this.tmp]) await mkdir(folder, { recursive: true, mode: 0o700 });
      if (!(await stat(this.path)).isDirectory()) throw new Error('not a folder');
    } catch (error) {
      throw homeUnavailable(this, error);
    }
  }
}

/** Whether the name stays inside the folder that it is joined to. Says nothing about taste: see `names.ts`. */
export function isFolderName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
}

/** An error of the file system about the home, in the user's words. */
export function homeUnavailable(home: Home, error: unknown): AppError {
  return new AppError('home-unavailable', `The folder for virtual machines, ${home.path}, can't be used.`, {
    hint: 'Check that the drive is connected and that you may write there, or set TART_HOME to another folder.',
    details: error instanceof Error ? error.message : String(error),
    retry: true,
    cause: error,
  });
}

/** That a VM of this name is there already. */
export function vmExists(name: string): AppError {
  return new AppError('vm-exists', `There is a virtual machine named ${JSON.stringify(name)} already.`, {
    hint: 'Choose another name.',
  });
}
