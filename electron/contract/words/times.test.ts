import { describe, expect, it } from 'vitest';
import { agoText, relativeText } from './times.ts';

const nowMs = Date.parse('2026-05-12T12:00:00.900Z');

describe('agoText', () => {
  it.each([
    ['2026-05-12T12:00:00Z', 'now'],
    ['2026-05-12T11:59:58Z', 'now'],
    ['2026-05-12T11:57:00Z', '3 min ago'],
    ['2026-05-12T11:00:00Z', '1 hour ago'],
    ['2026-05-11T11:00:00Z', '1 day ago'],
    ['2026-04-28T12:00:00Z', '2 weeks ago'],
    ['2026-02-12T12:00:00Z', '2 months ago'],
    ['2024-05-12T12:00:00Z', '2 years ago'],
    ['2026-05-12T12:05:01Z', 'now'],
  ])('says of %s %s', (time, words) => {
    expect(agoText(time, nowMs)).toBe(words);
    expect(agoText(new Date(time), nowMs)).toBe(words);
  });
});

describe('relativeText', () => {
  it.each([
    ['2026-05-12T11:57:00Z', '3 min ago'],
    ['2026-05-12T12:00:01Z', 'now'],
    ['2026-05-12T12:00:41Z', 'in 40 s'],
    ['2026-05-12T12:05:01Z', 'in 5 min'],
  ])('says of %s %s', (time, words) => {
    expect(relativeText(time, nowMs)).toBe(words);
  });
});
