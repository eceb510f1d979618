import type { ParsedInput } from '../../contract/contract.ts';
import type { LongOperation } from '../operation.ts';
import { fetchMac, wordsOf } from './mac-images.ts';

/** Fetches an image of macOS into the cache. */
export const operation: LongOperation<ParsedInput<'macos.fetch'>, { path: string }> = {
  kind: 'download',
  prepare: (services, { source }) => ({
    title: `Fetching ${wordsOf(source)}`,
    canPause: true,
    run: async (work) => ({ path: await fetchMac(services, source, work) }),
  }),
};
