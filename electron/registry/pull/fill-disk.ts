import { nextData } from '../../files/posix.ts';
import { Limit, together } from '../disk/limit.ts';
import type { LayerPosition, LayerTarget } from '../disk/tasks.ts';
import type { TransferWorkers } from '../disk/transfer-workers.ts';
import type { DiskLayer, ImageManifest } from '../manifest/manifest.ts';
import type { ProvenBlob } from '../proven-blobs.ts';
import { type RetryLimits, fetchLayer } from './fetch-layer.ts';
import type { ImageSource } from '../client/image-source.ts';
import type { LayerBoard } from './layer-board.ts';
import type { LocalLayers } from './local-layers.ts';
import type { PullFolder } from '../cache/pull-folder.ts';

export interface FillContext {
  readonly manifest: ImageManifest;
  readonly folder: PullFolder;
  readonly workers: TransferWorkers;
  readonly source: ImageSource;
  readonly repository: string;
  readonly local: LocalLayers;
  /** Layers that are in their place for certain, by their index: the disk began as a clone of one that was verified. */
  readonly cloned: ReadonlySet<number>;
  readonly zeros: ZeroBudget;
  /** Is told of each blob that was hashed together with what it unpacked to. */
  readonly onProvenBlob: (blob: ProvenBlob) => void;
  readonly board: LayerBoard;
  readonly concurrency: number;
  readonly endurance: RetryLimits;
  /** Is told when the registry asks to wait, and how long. */
  readonly onWait: (ms: number) => void;
  readonly signal: AbortSignal;
}

/** Reading, hashing and copying what is here keeps a processor and the disk busy; more at a time would not. */
const looksAtOnce = 2;

/**
 * Puts every layer in its place, each verified: by what is there already, by what this computer has elsewhere, or from
 * the registry. The first failure stops the rest, and what was done stays.
 */
export async function fillDisk(context: FillContext): Promise<void> {
  const [looking, fetching] = [new Limit(looksAtOnce), new Limit(context.concurrency)];
  // The largest first, so that the last connections end together.
  const layers = [...context.manifest.disk].sort((a, b) => b.sizeBytes - a.sizeBytes);
  const fill = async (layer: DiskLayer, signal: AbortSignal, twin: Begun | undefined): Promise<void> => {
    await twin?.done;
    const filling = new LayerFill(layer, { ...context, signal }, twin?.layer);
    const from = await looking.run(() => filling.locally());
    if (from !== undefined) await fetching.run(() => filling.remotely(from));
  };
  const begun = new Map<string, Begun>();
  const work = (layer: DiskLayer, signal: AbortSignal): Promise<void> => {
    const content = `${layer.plainDigest} ${layer.plainBytes}`;
    const twin = begun.get(content);
    const done = fill(layer, signal, twin);
    if (twin === undefined) begun.set(content, { layer, done });
    return done;
  };
  await together(layers, work, context.signal);
  context.board.tell();
}

/** The first of several layers that unpack to the same: the others are copied from it. */
interface Begun {
  readonly layer: DiskLayer;
  readonly done: Promise<void>;
}

const fromStart: LayerPosition = { encoded: 0, plain: 0 };

/** LZ4 packs zeros to a 230th; what is packed to less than this may be nothing else. */
const minRatioOfHole = 100;

/** Hashing so many zeros takes a minute or two; whatever says that it holds more is fetched like anything else. */
const maxZeroBytes = 64 * 1024 ** 3;

/** How many zeros a pull may still hash only to find out whether a layer is nothing else. */
export class ZeroBudget {
  readonly #lengths = new Set<number>();
  #left = maxZeroBytes;

  /** Those of a length that was hashed before cost nothing. */
  mayHash(length: number): boolean {
    if (this.#lengths.has(length)) return true;
    if (length > this.#left) return false;
    this.#left -= length;
    this.#lengths.add(length);
    return true;
  }
}

/** One layer on its way to its place. */
class LayerFill {
  readonly #layer: DiskLayer;
  readonly #target: LayerTarget;
  readonly #context: FillContext;
  readonly #twin: DiskLayer | undefined;

  constructor(layer: DiskLayer, context: FillContext, twin: DiskLayer | undefined) {
    this.#layer = layer;
    this.#context = context;
    this.#twin = twin;
    const { fd, directFd, keepFreeBytes } = context.folder.disk;
    this.#target = { ...layer, fd, directFd, keepFreeBytes };
  }

  /** Fills it with what is here; undefined if that did it, else from where on it must be fetched. */
  async locally(): Promise<LayerPosition | undefined> {
    this.#context.signal.throwIfAborted();
    if (this.#context.cloned.has(this.#layer.index)) {
      this.#done('c');
      return undefined;
    }
    const state = this.#context.folder.states.get(this.#layer.index);
    if (state !== undefined && state !== 'done' && this.#isPlausible(state)) return state;
    const found = await this.#find(state === 'done');
    if (found === undefined) return fromStart;
    this.#done(found);
    return undefined;
  }

  /** How the layer came to be in its place; undefined if it is not. */
  async #find(wasDone: boolean): Promise<'v' | 'c' | 'h' | undefined> {
    if ((wasDone || this.#mayBeCloned()) && this.#hasData() && (await this.#isInPlace())) return wasDone ? 'v' : 'c';
    if (await this.#isHole()) return 'h';
    return (await this.#copy()) ? 'c' : undefined;
  }

  async remotely(from: LayerPosition): Promise<void> {
    const { source, repository, workers, folder, board, endurance, onWait, signal, manifest } = this.#context;
    const { index, digest } = this.#layer;
    board.set(index, 'f', from.encoded);
    const { isBlobProven } = await fetchLayer(this.#target, from, {
      source,
      repository,
      workers,
      journalFd: folder.journalFd,
      endurance,
      onWait,
      signal,
      what: `layer ${index + 1} of ${manifest.disk.length} (${digest})`,
      onBytes: (received) => board.set(index, 'f', received),
    });
    if (isBlobProven) this.#context.onProvenBlob(this.#layer);
    this.#done('v');
  }

  #done(letter: 'v' | 'c' | 'h'): void {
    this.#context.folder.note(this.#layer.index);
    this.#context.board.set(this.#layer.index, letter);
  }

  #isPlausible({ encoded, plain }: LayerPosition): boolean {
    return encoded > 0 && encoded < this.#layer.sizeBytes && plain <= this.#layer.plainBytes;
  }

  /** Whether a disk of this computer has the layer at the same place: the pull may have begun with a clone of it. */
  #mayBeCloned(): boolean {
    const { plainDigest, offsetBytes } = this.#layer;
    return this.#context.local.of(plainDigest).some(({ offset }) => offset === offsetBytes);
  }

  /** A fresh disk has none; a clone of a similar one, or a pull that was cut off, has. */
  #hasData(): boolean {
    const { offsetBytes, plainBytes } = this.#layer;
    const data = nextData(this.#target.fd, offsetBytes);
    return data !== -1 && data < offsetBytes + plainBytes;
  }

  async #isInPlace(): Promise<boolean> {
    const { workers, signal } = this.#context;
    const { offsetBytes: offset, plainBytes: length, plainDigest } = this.#layer;
    const found = await workers.run<'hash-range'>(
      { kind: 'hash-range', fd: this.#target.fd, offset, length },
      { signal },
    );
    return found === plainDigest;
  }

  async #isHole(): Promise<boolean> {
    const { workers, signal } = this.#context;
    const { sizeBytes, plainBytes, plainDigest, offsetBytes: offset } = this.#layer;
    if (sizeBytes * minRatioOfHole > plainBytes || !this.#context.zeros.mayHash(plainBytes)) return false;
    const zeros = await workers.run<'zero-digest'>({ kind: 'zero-digest', length: plainBytes }, { signal });
    if (zeros !== plainDigest) return false;
    const clear = { kind: 'clear-range', fd: this.#target.fd, offset, length: plainBytes } as const;
    // A file system without holes, and something in the way: then the zeros are fetched like anything else.
    return await workers.run<'clear-range'>(clear, { signal });
  }

  async #copy(): Promise<boolean> {
    const { local, workers, signal, folder } = this.#context;
    const twin = this.#twin === undefined ? [] : [{ file: folder.diskFile, offset: this.#twin.offsetBytes }];
    for (const { file, offset } of [...twin, ...local.of(this.#layer.plainDigest)]) {
      const task = { kind: 'copy-range', file, fileOffset: offset, layer: this.#target } as const;
      if (await workers.run<'copy-range'>(task, { signal })) return true;
    }
    return false;
  }
}
