import { Emitter } from '../../contract/emitter.ts';
import { AppError } from '../../contract/errors.ts';
import type { Image } from '../../contract/images.ts';
import type { Vm, VmId } from '../../contract/machine.ts';
import type { Log } from '../../host/log.ts';
import { Inspector } from '../../library/inspect.ts';
import type { Library } from '../../library/library.ts';
import { collectGarbage } from '../../registry/cache/collect-garbage.ts';
import { listImages } from '../../registry/cache/image-list.ts';
import { pin, unpin } from '../../registry/cache/marks.ts';
import { deleteName, imageNotFound } from '../../registry/cache/remove.ts';
import { scanCache } from '../../registry/cache/scan.ts';
import { CacheWatch } from '../../registry/cache/watch.ts';
import type { MachineService } from '../machines/machine-service.ts';

/** Images of the cache with who uses them, as every interface shows them. The disk is the only truth of both. */
export class ImageService {
  readonly #library: Library;
  readonly #machines: MachineService;
  readonly #log: Log;
  readonly #inspector = new Inspector();
  readonly #changes = new Emitter<Image[]>();
  #stopWatching: (() => void) | undefined;
  /** What listeners were told last, as text. */
  #told = '';
  /** One look follows the other, so that an older one never overwrites a newer one. */
  #looking: Promise<void> = Promise.resolve();

  constructor({ library, machines, log }: { library: Library; machines: MachineService; log: Log }) {
    this.#library = library;
    this.#machines = machines;
    this.#log = log;
  }

  /** All images, newest use first. */
  async list(): Promise<Image[]> {
    // Of a library that can't be read nothing uses anything; the machines' own list says why.
    const vms = await this.#machines.list().catch(() => []);
    return await listImages(this.#library.home, this.#inspector, usersOf(vms));
  }

  /** Keeps an image from pruning, or no longer. @throws AppError `image-not-found` */
  async pin(id: string, pinned: boolean): Promise<void> {
    const image = scanCache(this.#library.home.cache).images.find((known) => known.id === id);
    if (image === undefined) throw imageNotFound(id);
    await (pinned ? pin : unpin)(image.folder);
    // What was only kept by the pin has no reason to stay.
    if (!pinned) await collectGarbage(this.#library.home);
  }

  /**
   * Deletes images with all their tags by their ids, and tags by their whole names; one that can't be deleted does not keep the others.
   * @throws AppError `image-not-found`, `disk-in-use`, `vm-locked` for the first that stays, with the reasons of all
   */
  async delete(ids: readonly string[]): Promise<void> {
    const failures: AppError[] = [];
    for (const id of new Set(ids))
      await deleteName(this.#library.home, id).catch((error: unknown) => failures.push(AppError.from(error)));
    await collectGarbage(this.#library.home);
    const [first, ...others] = failures;
    if (first === undefined) return;
    if (others.length === 0) throw first;
    throw new AppError(first.code, `${failures.length} images stay. ${first.message}`, {
      hint: first.hint,
      retry: first.retry,
      details: failures.map(({ message }) => message).join('\n'),
      cause: first,
    });
  }

  /** Calls `listener` with the whole list after every change of it until the returned function is called. */
  onChange(listener: (images: Image[]) => void): () => void {
    const off = this.#changes.on(listener);
    this.#stopWatching ??= this.#watch();
    return () => {
      off();
      if (this.#changes.listenerCount > 0) return;
      this.#stopWatching?.();
      this.#stopWatching = undefined;
      // Whoever looks next has not heard it.
      this.#told = '';
    };
  }

  #watch(): () => void {
    const watch = new CacheWatch(this.#library.home.cache, () => this.#lookSoon());
    const users = new Map<VmId, string>();
    const offMachines = this.#machines.onChange((change) => {
      const before = JSON.stringify([...users]);
      if (change.kind === 'replaced') users.clear();
      const vms = change.kind === 'replaced' ? change.vms : change.kind === 'changed' ? [change.vm] : [];
      for (const vm of vms) {
        const image = imageBehind(vm);
        if (image === undefined) users.delete(vm.id);
        else users.set(vm.id, image);
      }
      // Rows change all the time; what they were made from hardly ever does.
      if (change.kind === 'removed' || JSON.stringify([...users]) !== before) this.#lookSoon();
    });
    return () => {
      watch[Symbol.dispose]();
      offMachines();
    };
  }

  #lookSoon(): void {
    this.#looking = this.#looking
      .then(() => this.#look())
      .catch((error: unknown) => this.#log.error('The cache of images can’t be followed', AppError.from(error)));
  }

  async #look(): Promise<void> {
    if (this.#changes.listenerCount === 0) return;
    const images = await this.list();
    const text = JSON.stringify(images);
    if (text === this.#told) return;
    this.#told = text;
    this.#changes.emit(images);
  }
}

function imageBehind(vm: Vm): string | undefined {
  return vm.kind === 'machine' ? vm.annotations.image : undefined;
}

/** The machines that were made from each image, by its id. */
function usersOf(vms: readonly Vm[]): Map<string, VmId[]> {
  const users = new Map<string, VmId[]>();
  for (const vm of vms) {
    const image = imageBehind(vm);
    if (image !== undefined) users.set(image, [...(users.get(image) ?? []), vm.id]);
  }
  return users;
}
