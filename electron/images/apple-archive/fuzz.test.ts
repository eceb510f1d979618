import { describe, expect, it } from 'vitest';
import { archiveFuzzer, type Outcome, streamFuzzer } from './testing/fuzz.ts';

async function outcomes(run: (number: number) => Promise<Outcome>, count: number): Promise<Set<Outcome>> {
  const seen = new Set<Outcome>();
  for (let number = 0; number < count; number++) seen.add(await run(number));
  return seen;
}

/** `npm run fuzz` does the same a million times. */
describe('what takes archives in', () => {
  it('decodes or refuses damaged LZFSE streams, the same in both decoders', async () => {
    expect(await outcomes(streamFuzzer(1), 1500)).toEqual(new Set(['accepted', 'refused']));
  });

  it('unpacks or refuses damaged archives, and leaves nothing after an error', async () => {
    using run = archiveFuzzer(1);
    expect(await outcomes(run, 400)).toEqual(new Set(['accepted', 'refused']));
  });
});
