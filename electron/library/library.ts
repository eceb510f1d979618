import { utimes } from 'node:fs/promises';
import { AppError } from '../contract/errors.ts';
import type { AnnotationChanges, Annotations } from '../contract/machine.ts';
import { noAnnotations } from './annotations.ts';
import type { Fill } from './assemble.ts';
import type { ConfirmedPath } from './confirmed-paths.ts';
import type { ConfigChanges } from './configure.ts';
import type { CreateSpec } from './create.ts';
import { withUserErrors } from './file-errors.ts';
import { Home, vmExists } from './home.ts';
import { Inspector } from './inspect.ts';
import { listVms, vmNames } from './listing.ts';
import { checkName, freeName } from '../contract/vm-names.ts';
import type { LibraryEntry, LibraryVm } from './vm.ts';
import type { Work } from '../jobs/work.ts';
import { type LibraryChange, LibraryWatch } from './watch.ts';
import type { Annotated } from './write-annotations.ts';

export type { ConfigChanges } from './configure.ts';
export type { CreateSpec } from './create.ts';
export type { LibraryEntry, LibraryVm } from './vm.ts';
export type { LibraryChange, LibraryWatch } from './watch.ts';

/**
 * The VMs in a Tart home. The disk is the only truth: nothing is remembered here that would not be found out again, and
 * other programs may do the same things at the same time. What changes something is loaded when it is asked for, so that
 * a command that only looks starts quickly.
 */
export class Library {
  readonly home: Home;
  /** What reads the folders, shared with the watchers. */
  readonly inspector = new Inspector();
  readonly #watches = new Set<LibraryWatch>();

  private constructor(home: Home) {
    this.home = home;
  }

  /** Opens a home, making its folders where they are missing. @throws AppError `home-unavailable` */
  static async open(home: string): Promise<Library> {
    const library = new Library(new Home(home));
    await library.home.prepare();
    return library;
  }

  /** A home whose folder may not be there now; nothing is made, and it can be used once it is there. */
  static at(home: string): Library {
    return new Library(new Home(home));
  }

  /** Every folder in `vms/`, by name. One that can't be read is one entry with its reason. @throws AppError `home-unavailable` */
  async list(): Promise<LibraryEntry[]> {
    return await listVms(this.home, this.inspector);
  }

  /** @throws AppError `vm-not-found`, `vm-unreadable` */
  get(name: string): Promise<LibraryVm> {
    return withUserErrors(this.home, `Reading ${JSON.stringify(name)}`, () => Promise.resolve(this.#find(name)));
  }

  #find(name: string): LibraryVm {
    const entry = this.inspector.inspect(name, this.home.vmFolder(name));
    if (entry === undefined) throw notFound(name);
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
    return await withUserErrors(this.home, `Making ${JSON.stringify(spec.name)}`, async () => {
      this.requireFreeName(spec.name);
      await this.sweep();
      const { createVm } = await import('./create.ts');
      await createVm(this.home, spec, () => this.macAddresses(), work);
      return this.#changed(spec.name);
    });
  }

  /**
   * Makes a VM of parts that come from elsewhere; see {@link assembleVm}.
   * @throws AppError `name-not-allowed`, `vm-exists`, `no-space`, `cancelled`, and whatever `fill` throws
   */
  async assemble(name: string, fill: Fill, work: Work): Promise<LibraryVm> {
    return await withUserErrors(this.home, `Importing ${JSON.stringify(name)}`, async () => {
      this.requireFreeName(name);
      await this.sweep();
      const { assembleVm } = await import('./assemble.ts');
      await assembleVm(this.home, name, fill, () => this.macAddresses(), work);
      return this.#changed(name);
    });
  }

  /**
   * Makes a VM that is the same as another, with a MAC address of its own unless it is suspended. The other must not run.
   * @throws AppError `vm-running`, `disk-in-use`, `name-not-allowed`, `vm-exists`, `no-space`, `cancelled`
   */
  async clone(name: string, newName: string, work: Work): Promise<LibraryVm> {
    return await withUserErrors(this.home, `Duplicating ${JSON.stringify(name)}`, async () => {
      this.#find(name);
      this.requireFreeName(newName);
      await this.sweep();
      const source = this.#find(name);
      const { cloneVm } = await import('./clone.ts');
      const { carryConfirmed, writeAnnotations } = await import('./write-annotations.ts');
      await cloneVm(this.home, source, newName, () => this.macAddresses(), work);
      await carryConfirmed(this.#annotated(newName), source.config.macAddress);
      // Two that start by themselves, with the same forwards, would be one too many.
      if (source.annotations.autostart || source.annotations.schedule.length > 0)
        await writeAnnotations(this.#annotated(newName), { autostart: false, schedule: [] });
      await this.touch(name);
      return this.#changed(newName);
    });
  }

  /**
   * Makes a VM that is the same as one outside the library, an image of the cache, with annotations of its own.
   * @throws AppError `disk-in-use`, `name-not-allowed`, `vm-exists`, `no-space`, `cancelled`
   */
  async makeFrom(
    source: LibraryVm,
    newName: string,
    annotations: Partial<Annotations>,
    work: Work,
  ): Promise<LibraryVm> {
    return await withUserErrors(this.home, `Making ${JSON.stringify(newName)}`, async () => {
      this.requireFreeName(newName);
      await this.sweep();
      const own = { ...noAnnotations(), ...annotations };
      const { cloneVm } = await import('./clone.ts');
      await cloneVm(this.home, source, newName, () => this.macAddresses(), work, own);
      return this.#changed(newName);
    });
  }

  /** @throws AppError `vm-not-found`, `vm-running`, `name-not-allowed`, `vm-exists` */
  async rename(name: string, newName: string): Promise<LibraryVm> {
    return await withUserErrors(this.home, `Renaming ${JSON.stringify(name)}`, async () => {
      const vm = this.#find(name);
      if (newName === name) return vm;
      // Another spelling of the same name is free for its owner on a file system that takes the two for one.
      if (newName.toLowerCase() === name.toLowerCase()) this.#requireAllowedName(newName);
      else this.requireFreeName(newName);
      const { renameVm } = await import('./rename.ts');
      await renameVm(this.home, name, newName);
      this.#poke(name);
      return this.#changed(newName);
    });
  }

  /**
   * Takes a VM, or a folder that can't be read as one, out of the library: to the Trash of its volume, or for good.
   * @throws AppError `vm-not-found`, `vm-running`, `not-supported` if there is no Trash for it
   */
  async delete(name: string, how: 'trash' | 'permanent'): Promise<void> {
    await withUserErrors(this.home, `Deleting ${JSON.stringify(name)}`, async () => {
      if (this.inspector.inspect(name, this.home.vmFolder(name)) === undefined) throw notFound(name);
      const { deleteVm } = await import('./delete.ts');
      await deleteVm(this.home, name, how);
      this.#poke(name);
    });
  }

  /** Changes settings of a VM that is shut down. @throws AppError, see {@link configureVm} */
  async configure(name: string, changes: ConfigChanges): Promise<LibraryVm> {
    return await withUserErrors(this.home, `Changing ${JSON.stringify(name)}`, async () => {
      const { configureVm } = await import('./configure.ts');
      const { carryConfirmed } = await import('./write-annotations.ts');
      const takenMacs = changes.randomMac === true ? await this.macAddresses() : new Set<string>();
      const before = this.#find(name);
      configureVm(before, changes, takenMacs);
      await carryConfirmed(this.#annotated(name), before.config.macAddress);
      return this.#changed(name);
    });
  }

  /** Changes what is kept beside the VM, running or not. @throws AppError `invalid-input`, `no-space` */
  async annotate(name: string, changes: AnnotationChanges): Promise<LibraryVm> {
    return await withUserErrors(this.home, `Changing ${JSON.stringify(name)}`, async () => {
      const { writeAnnotations } = await import('./write-annotations.ts');
      await writeAnnotations(this.#annotated(name), changes);
      return this.#changed(name);
    });
  }

  /**
   * Lets the VM open files and folders outside of its own, see `confirmed-paths.ts`. Whoever calls this has shown them to
   * the user. @throws AppError `no-space`
   */
  async confirmPaths(name: string, paths: readonly ConfirmedPath[]): Promise<LibraryVm> {
    return await withUserErrors(this.home, `Changing ${JSON.stringify(name)}`, async () => {
      const { confirmPaths } = await import('./write-annotations.ts');
      await confirmPaths(this.#annotated(name), paths);
      return this.#changed(name);
    });
  }

  #annotated(name: string): Annotated {
    const { folder, config } = this.#find(name);
    return { folder, macAddress: config.macAddress };
  }

  /** Replaces the disk with a copy of a raw image. @throws AppError, see {@link replaceDisk} */
  async replaceDisk(name: string, imagePath: string, work: Work): Promise<LibraryVm> {
    return await withUserErrors(this.home, `Replacing the disk of ${JSON.stringify(name)}`, async () => {
      const vm = this.#find(name);
      await this.sweep();
      const { replaceDisk } = await import('./replace-disk.ts');
      await replaceDisk(this.home, vm, imagePath, work);
      return this.#changed(name);
    });
  }

  /** Throws the saved state of a suspended VM away. @throws AppError `vm-running` */
  async discardSavedState(name: string): Promise<LibraryVm> {
    return await withUserErrors(this.home, `Discarding the saved state of ${JSON.stringify(name)}`, async () => {
      const { discardSavedState } = await import('./configure.ts');
      await discardSavedState(this.#find(name));
      return this.#changed(name);
    });
  }

  /**
   * Notes that a VM was used, in Tart's way, so that both prune in the same order: the access time becomes now, and the
   * modification time what the access time was, both in whole seconds.
   * @throws AppError `vm-not-found`, `vm-unreadable`
   */
  async touch(name: string): Promise<void> {
    await withUserErrors(this.home, `Opening ${JSON.stringify(name)}`, async () => {
      const { folder, accessedAt } = this.#find(name);
      await utimes(folder, Math.floor(Date.now() / 1000), Math.floor(accessedAt.getTime() / 1000));
    });
    this.#poke(name);
  }

  /**
   * Tells of every change to the list, by any program, within a second. Dispose of it to end that. Begins with a sweep:
   * who watches is a program that starts and stays.
   */
  watch(listener: (change: LibraryChange) => void): LibraryWatch {
    // What can't be swept now is swept later; that the home is gone, the watch says.
    this.sweep().catch(() => undefined);
    const watch = new LibraryWatch(this, listener, () => this.#watches.delete(watch));
    this.#watches.add(watch);
    return watch;
  }

  #poke(name: string): void {
    for (const watch of this.#watches) watch.poke(name);
  }

  /** A VM that this object changed, as it is now. */
  #changed(name: string): LibraryVm {
    this.#poke(name);
    return this.#find(name);
  }

  #requireAllowedName(name: string): void {
    const reason = this.checkName(name);
    if (reason !== undefined) throw new AppError('name-not-allowed', reason, { hint: 'Choose another name.' });
  }

  /** @throws AppError `name-not-allowed`, `vm-exists` */
  requireFreeName(name: string): void {
    this.#requireAllowedName(name);
    if (this.inspector.inspect(name, this.home.vmFolder(name)) !== undefined) throw vmExists(name);
  }

  /** Why a new VM may not have this name; undefined if it may. Says nothing about whether it is free. */
  checkName(name: string): string | undefined {
    return checkName(name);
  }

  /** An allowed and free name close to the suggestion. */
  async suggestName(suggestion: string): Promise<string> {
    const taken = new Set((await vmNames(this.home)).map((name) => name.toLowerCase()));
    return freeName(suggestion, (name) => taken.has(name.toLowerCase()));
  }

  /** The MAC addresses of all VMs here, lower case. */
  async macAddresses(): Promise<ReadonlySet<string>> {
    const entries = await this.list();
    return new Set(entries.flatMap((entry) => (entry.kind === 'machine' ? [entry.config.macAddress] : [])));
  }

  /** Deletes what killed programs left in `tmp/`; what somebody works on stays. */
  async sweep(): Promise<void> {
    const { sweepTemporary } = await import('./staging.ts');
    await sweepTemporary(this.home);
  }
}

function notFound(name: string): AppError {
  return new AppError('vm-not-found', `There is no virtual machine named ${JSON.stringify(name)}.`);
}
