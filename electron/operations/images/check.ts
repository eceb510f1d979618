import type { CheckedImage } from '../../contract/images.ts';
import { checkCache } from '../../registry/cache/check.ts';
import type { LongOperation } from '../operation.ts';

/** Compares every image of the cache with its manifest, byte for byte. */
export const operation: LongOperation<Record<string, never>, { images: CheckedImage[] }> = {
  kind: 'verify',
  prepare: ({ library }) => ({
    title: 'Verifying the cache',
    run: async ({ signal, progress }) => ({
      images: await checkCache(library.home, {
        signal,
        progress: (id, fraction) => progress({ step: `Verifying ${id}`, fraction }),
      }),
    }),
  }),
};
