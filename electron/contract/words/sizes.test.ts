import { describe, expect, it } from 'vitest';
import { diskText, memoryOfText, memoryText } from './sizes.ts';

describe('diskText', () => {
  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [999_499, '999 KB'],
    [999_500, '1 MB'],
    [36_000_000, '36 MB'],
    [999_700_000, '1 GB'],
    [42_140_000_000, '42.1 GB'],
    [50e9, '50 GB'],
    [999.7e9, '1 TB'],
    [1.2e12, '1.2 TB'],
  ])('says %d bytes as %s', (bytes, text) => {
    expect(diskText(bytes)).toBe(text);
  });
});

describe('memoryText', () => {
  it('counts in binary units', () => {
    expect(memoryText(512 * 2 ** 20)).toBe('512 MB');
    expect(memoryText(8 * 2 ** 30)).toBe('8 GB');
    expect(memoryText(1.5 * 2 ** 30)).toBe('1.5 GB');
  });
});

describe('memoryOfText', () => {
  it('says both in the unit of the whole', () => {
    expect(memoryOfText(3.8 * 2 ** 30, 8 * 2 ** 30)).toBe('3.8 of 8 GB');
    expect(memoryOfText(0.3 * 2 ** 30, 2 ** 30)).toBe('0.3 of 1 GB');
    expect(memoryOfText(100 * 2 ** 20, 512 * 2 ** 20)).toBe('100 of 512 MB');
  });
});
