import type { ParsedInput } from '../../contract/contract.ts';
import { vmIdOf } from '../../library/vm-id.ts';
import { cloneImage, readImage } from '../../registry/cache/clone-image.ts';
import { startNext } from '../machines/start.ts';
import type { LongOperation } from '../operation.ts';

/** Makes a machine from an image of the cache, and starts it afterwards if asked to. */
export const operation: LongOperation<ParsedInput<'images.clone'>, void> = {
  kind: 'clone',
  prepare({ library }, { id, name, start, pruneLimitBytes }) {
    readImage(library, id);
    library.requireFreeName(name);
    return {
      title: `Making ${name}`,
      vmId: vmIdOf(name),
      run: async (work) => {
        await cloneImage(library, id, name, work, pruneLimitBytes);
      },
      // A copy of a disk takes several times as long as a start.
      next: start ? startNext(name, [3, 1]) : undefined,
    };
  },
};
