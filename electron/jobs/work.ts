import type { Layers } from '../contract/job.ts';

/** What long work is given: how to be called off, and where to say how far it is. */
export interface Work {
  readonly signal: AbortSignal;
  readonly progress: (progress: {
    step?: string | undefined;
    bytesDone?: number | undefined;
    bytesTotal?: number | undefined;
    /** 0 to 1, where bytes say nothing. */
    fraction?: number | undefined;
    /** Where it moves an image: how each layer of it stands. */
    layers?: Layers | undefined;
  }) => void;
}
