import { describe, expect, it } from 'vitest';
import { type AddonPlace, loadAddon, requireAddon, tryAddon } from './load-addon.ts';
import { macFacts } from './testing/mac-facts.ts';
import type { VzFacts } from './document.ts';

const place = (facts: Partial<VzFacts> = {}, more: Partial<AddonPlace> = {}): AddonPlace => ({
  platform: 'darwin',
  isMainProcess: true,
  load: () => ({ hostFacts: () => JSON.stringify(macFacts(facts)) }),
  ...more,
});

describe('The addon', () => {
  it('is loaded where all is there', () => {
    expect(tryAddon(place())).toMatchObject({ facts: macFacts() });
  });

  it.each<[string, AddonPlace, RegExp]>([
    ['another system', place({}, { platform: 'linux' }), /part of macOS/],
    ['another process', place({}, { isMainProcess: false }), /app only/],
    ['a processor that can’t', place({ supported: false }), /processor can't/],
    ['a missing entitlement', place({ entitled: false }), /com\.apple\.security\.virtualization is missing/],
    [
      'an addon for another processor',
      place(
        {},
        {
          load: () => {
            throw new Error('incompatible architecture');
          },
        },
      ),
      /not for this Mac: incompatible architecture/,
    ],
    ['an addon of another version', place({}, { load: () => ({ hostFacts: () => '{}' }) }), /not built/],
  ])('says why it can’t be used: %s', (_what, where, reason) => {
    const result = tryAddon(where);
    expect(result).toMatchObject({ notAvailable: expect.stringMatching(reason) as string });
    expect(() => requireAddon(result)).toThrow(reason);
  });

  it('is not there in this process, which is no Electron', () => {
    expect(loadAddon()).toHaveProperty('notAvailable');
  });
});
