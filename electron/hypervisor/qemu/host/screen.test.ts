import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePpm, scaleDown } from './screen.ts';

describe('A picture in PPM', () => {
  it('is read with one line or several in its head', () => {
    const rgb = Buffer.from([1, 2, 3, 4, 5, 6]);
    for (const head of ['P6\n2 1\n255\n', 'P6 2 1 255\n'])
      expect(parsePpm(Buffer.concat([Buffer.from(head), rgb]))).toEqual({ width: 2, height: 1, rgb });
  });

  it('is none if it is cut off or something else', () => {
    for (const text of ['', 'P6', 'P5\n1 1\n255\nx', 'P6\n2 1\n255\nabc', '\x89PNG\r\n'])
      expect(parsePpm(Buffer.from(text, 'latin1'))).toBeUndefined();
  });
});

describe('Scaling down', () => {
  const plain = (width: number, height: number, value: number) => ({
    width,
    height,
    rgb: Buffer.alloc(width * height * 3, value),
  });

  it('takes the mean of what each new pixel stands for', () => {
    const pixels = { width: 4, height: 2, rgb: Buffer.from([0, 100, 200, 300].flatMap((v) => [v % 256, 0, 8])) };
    const rgb = Buffer.concat([pixels.rgb, pixels.rgb]);
    expect(scaleDown({ ...pixels, rgb }, 2)).toEqual({
      width: 2,
      height: 1,
      rgb: Buffer.from([50, 0, 8, (200 + 44) / 2, 0, 8]),
    });
  });

  it('leaves a picture that is narrow enough', () => {
    const pixels = plain(10, 10, 7);
    expect(scaleDown(pixels, 10)).toBe(pixels);
  });

  it('keeps the shape and any plain colour, for all sizes', () => {
    const size = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(
        size,
        size,
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 255 }),
        (width, height, to, value) => {
          const scaled = scaleDown(plain(width, height, value), to);
          expect(scaled.width).toBe(Math.min(width, to));
          expect(Math.abs(scaled.height - (height * scaled.width) / width)).toBeLessThanOrEqual(1);
          expect(scaled.rgb).toEqual(plain(scaled.width, scaled.height, value).rgb);
        },
      ),
    );
  });
});
