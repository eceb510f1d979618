import { expect, it } from 'vitest';
import { isoSeconds, wholeGigabytes } from './words.ts';

it('cuts whole gigabytes, and does not round them', () => {
  expect(wholeGigabytes(1_999_999_999)).toBe(1);
});

it('writes times for scripts as ISO 8601 in whole seconds', () => {
  expect(isoSeconds(new Date('2026-05-12T12:00:00.900Z'))).toBe('2026-05-12T12:00:00Z');
});
