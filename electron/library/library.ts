import { readdir, stat } from 'node:fs/promises';
import { AppError } from '../contract/errors.ts';
import { type CreateSpec, createVm } from './create.ts';
import { hasCode, inUserWords } from './file-errors.ts';
import { Home, homeUnavailable } from './home.ts';
import { Inspector, inspectAll } from './inspect.ts';
import { checkName, freeName } from './names.ts';
import { sweepTemporary, vmExists } from './staging.ts';
import type { LibraryEntry, LibraryVm, Work } from './vm.ts';

export type { CreateSpec } from './create.ts';
export type { LibraryEntry, LibraryVm, UnreadableVm, Work } from './vm.ts';

/**
 * The VMs in a Tart home. The disk is the only truth: nothing is remembered here that would not be found out again, and
 * other programs may do the same things at the same time.
 */
export class Library {
  readonly home: Home;
  readonly #inspector = new Inspector();

  private constructor(home: Home) {
    this.home = home;
  }

  /** Opens a home, making its folders where they are missing. @throws AppError `home-unavailable` */
  static async open(home: string): Promise<Library> {
    const library = new Library(new Home(home));
    await library.home.prepare();
    return library;
  }

  /** Every folder in `vms/`, by name. One that can't be read is one entry with its reason. @throws AppError `home-unavailable` */
  async list(): Promise<LibraryEntry[]> {
    const names = await this.#names();
    const folders = names.map((name) => ({ name, folder: this.home.vmFolder(name) }));
    this.#inspector.keepOnly(new Set(folders.map(({ folder }) => folder)));
    return await inspectAll(this.#inspector, folders);
  }

  async #names(): Promise<string[]> {
    try {
      const names = await readdir(this.home.vms);
      return names.sort((a, b) => (a < b ? -1 : 1));
    } catch (error) {
      // No `vms` in a home is a library without VMs; no home is an unplugged drive.
      const isHomeThere = hasCode(error, 'ENOENT') && (await stat(this.home.path).catch(() => undefined)) !== undefined;
      if (isHomeThere) return [];
      throw homeUnavailable(this.home, error);
    }
  }

  /** @throws AppError `vm-not-found`, `vm-unreadable` */
  get(name: string): Promise<LibraryVm> {
    return inUserWords(this.home, `Reading ${JSON.stringify(name)}`, () => Promise.resolve(this.#find(name)));
  }

  #find(name: string): LibraryVm {
    const entry = this.#inspector.inspect(name, this.home.vmFolder(name));
    if (entry === undefined)
      throw new AppError('vm-not-found', `There is no virtual machine named ${JSON.stringify(name)}.`);
    if (entry.kind === 'machine') return entry;
    throw new AppError('vm-unreadable', `${JSON.stringify(name)} can't be used: ${entry.reason}.`, {
      hint: `Repair the files in ${entry.folder}, or delete it.`,
    });
  }

  /**
   * Makes a VM. Until it is complete, nobody sees anything of it.
   * @throws AppError `name-not-allowed`, `vm-exists`, `invalid-input`, `no-space`, `cancelled`
   */
  async create(spec: CreateSpec, work: Work): Promise<LibraryVm> {
    return await inUserWords(this.home, `Making ${JSON.stringify(spec.name)}`, async () => {
      this.#requireFreeName(spec.name);
      await this.sweep();
      await createVm(this.home, spec, () => this.macAddresses(), work);
      return this.#find(spec.name);
    });
  }

  #requireFreeName(name: string): void {
    const reason = this.checkName(name);
    if (reason !== undefined) throw new AppError('name-not-allowed', reason, { hint: 'Choose another name.' });
    if (this.#inspector.inspect(name, this.home.vmFolder(name)) !== undefined) throw vmExists(name);
  }

  /** Why a new VM may not have this name; undefined if it may. Says nothing about whether it is free. */
  checkName(name: string): string | undefined {
    return checkName(name);
  }

  /** An allowed and free name close to the wish. */
  async suggestName(wish: string): Promise<string> {
    const taken = new Set((await this.#names()).map((name) => name.toLowerCase()));
    return freeName(wish, (name) => taken.has(name.toLowerCase()));
  }

  /** The MAC addresses of all VMs here, lower case. */
  async macAddresses(): Promise<ReadonlySet<string>> {
    const entries = await this.list();
    return new Set(entries.flatMap((entry) => (entry.kind === 'machine' ? [entry.config.macAddress] : [])));
  }

  /** Deletes what killed programs left in `tmp/`; what somebody works on stays. */
  async sweep(): Promise<void> {
    await sweepTemporary(this.home);
  }
}
