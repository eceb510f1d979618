import { describe, expect, it } from 'vitest';
import { pictureName } from './save-picture.ts';

describe('pictureName', () => {
  it('sorts by time and holds no sign that a file system refuses', () => {
    expect(pictureName('a:b/c', new Date(2026, 0, 2, 3, 4, 5))).toBe('a-b-c 2026-01-02 at 03.04.05.png');
  });
});
