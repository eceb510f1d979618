import { describe, expect, it } from 'vitest';
import { memoryOfText, memoryText } from './sizes.ts';

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
