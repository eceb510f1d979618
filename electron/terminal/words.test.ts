import { describe, expect, it } from 'vitest';
import { diskSize, isoSeconds, memorySize, relativeTime, wholeGigabytes } from './words.ts';

describe('sizes', () => {
  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [999_499, '999 KB'],
    [999_500, '1 MB'],
    [36_000_000, '36 MB'],
    [50e9, '50 GB'],
    [1.2e12, '1 TB'],
  ])('of disks: %d bytes are %s', (bytes, text) => {
    expect(diskSize(bytes)).toBe(text);
  });

  it.each([
    [512, '512 MB'],
    [1536, '1.5 GB'],
    [4096, '4 GB'],
  ])('of memory: %d MiB are %s', (mebibytes, text) => {
    expect(memorySize(mebibytes * 1024 ** 2)).toBe(text);
  });

  it('in whole gigabytes are cut, not rounded', () => {
    expect(wholeGigabytes(1_999_999_999)).toBe(1);
  });
});

describe('times', () => {
  const now = new Date('2026-05-12T12:00:00.900Z');
  it.each([
    ['2026-05-12T12:00:00Z', 'now'],
    ['2026-05-12T11:59:58Z', '2 seconds ago'],
    ['2026-05-12T11:57:00Z', '3 minutes ago'],
    ['2026-05-12T11:00:00Z', '1 hour ago'],
    ['2026-05-11T11:00:00Z', '1 day ago'],
    ['2026-04-28T12:00:00Z', '2 weeks ago'],
    ['2026-02-12T12:00:00Z', '2 months ago'],
    ['2024-05-12T12:00:00Z', '2 years ago'],
    ['2026-05-12T12:05:01Z', 'in 5 minutes'],
  ])('%s is %s', (time, words) => {
    expect(relativeTime(new Date(time), now)).toBe(words);
  });

  it('are ISO 8601 in whole seconds for scripts', () => {
    expect(isoSeconds(now)).toBe('2026-05-12T12:00:00Z');
  });
});
