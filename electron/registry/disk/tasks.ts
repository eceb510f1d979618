import type { GetOutcome } from './layer-get.ts';
import type { DiskFile } from './native.ts';
import type { Route } from './route.ts';

/** Where a layer stands in the disk, and what it must turn out to be. */
export interface LayerTarget extends DiskFile {
  /** Among the disk's layers, for the journal. */
  readonly index: number;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly plainDigest: string;
  readonly plainBytes: number;
  readonly offsetBytes: number;
}

/** A place at the border of two blocks from which unpacking can go on. Bytes from the start of the layer. */
export interface LayerPosition {
  readonly encoded: number;
  readonly plain: number;
}

/** What a worker can be asked to do. Plain data: it crosses to another thread. */
export type Task =
  | {
      readonly kind: 'begin-layer';
      readonly layer: LayerTarget;
      readonly from: LayerPosition;
      /** Where it notes how far it came, as lines of the journal of a pull. */
      readonly journalFd: number;
    }
  /** Fetches what is missing of a layer that was begun; progress is bytes of the blob that are here. */
  | {
      readonly kind: 'get-layer';
      readonly session: number;
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly route: Route;
      readonly stallMs: number;
    }
  | { readonly kind: 'drop-layer'; readonly session: number }
  | { readonly kind: 'hash-range'; readonly fd: number; readonly offset: number; readonly length: number }
  | { readonly kind: 'zero-digest'; readonly length: number }
  | {
      readonly kind: 'copy-range';
      readonly file: string;
      readonly fileOffset: number;
      readonly layer: LayerTarget;
    }
  | { readonly kind: 'clear-range'; readonly fd: number; readonly offset: number; readonly length: number }
  /** Packs a range of a disk; the pieces come as they are made, and each waits to be asked for. */
  | { readonly kind: 'encode-range'; readonly fd: number; readonly offset: number; readonly length: number };

/** What became of a layer. */
export type LayerOutcome =
  /** `received`: bytes of the blob that are here, from which the next connection goes on. */
  | (Exclude<GetOutcome, { kind: 'whole' }> & { readonly received: number })
  /** Its place on the disk holds what the manifest says; `isBlobProven`: and the blob of that digest is what it was made from. */
  | { readonly kind: 'verified'; readonly isBlobProven: boolean }
  | { readonly kind: 'damaged'; readonly reason: string }
  /** The blob is the one that the manifest names, and unpacks to something else than the manifest says. */
  | { readonly kind: 'untrue'; readonly plainDigest: string };

/** What packing a range found. */
export interface EncodedRange {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly plainDigest: string;
}

export interface TaskResults {
  'begin-layer': number;
  'get-layer': LayerOutcome;
  'drop-layer': null;
  'hash-range': string;
  'zero-digest': string;
  /** Whether the bytes were those of the layer; if not, its range is to be cleared before use. */
  'copy-range': boolean;
  'clear-range': boolean;
  'encode-range': EncodedRange;
}

export type TaskOf<Kind extends Task['kind']> = Extract<Task, { kind: Kind }>;

/** What goes to a worker. */
export type ToWorker =
  | { readonly id: number; readonly task: Task }
  | { readonly id: number; readonly cancel: true }
  /** The other side took a piece and has room for another. */
  | { readonly id: number; readonly took: true };

/** What comes from a worker. */
export type FromWorker =
  | { readonly id: number; readonly value: TaskResults[Task['kind']] }
  | {
      readonly id: number;
      readonly error: { readonly message: string; readonly code?: string; readonly syscall?: string };
    }
  | { readonly id: number; readonly bytes: number }
  | { readonly id: number; readonly piece: Uint8Array<ArrayBuffer> };
