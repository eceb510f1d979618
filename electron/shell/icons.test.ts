import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { glyphOf } from './machine-words.ts';
import { states } from './testing/fixtures.ts';

const assets = join(import.meta.dirname, '../../assets');
const picture = (name: string): PNG => PNG.sync.read(readFileSync(join(assets, name)));
const pixels = ({ data }: PNG): number[][] =>
  Array.from({ length: data.length / 4 }, (_, index) => [...data.subarray(index * 4, index * 4 + 4)]);

describe('icons', () => {
  it.each([16, 24, 32, 48, 64, 128, 256, 512, 1024])('are there in %i pixels', (size) => {
    const { width, height } = picture(`icons/${size}x${size}.png`);
    expect([width, height]).toEqual([size, size]);
  });

  const glyphs = Object.values(states).flatMap((state) => glyphOf(state) ?? []);
  const templates = [...['tray', 'trayJob'].map((name) => ({ name, size: 16 })), ...new Set(glyphs)].map((one) =>
    typeof one === 'string' ? { name: one, size: 12 } : one,
  );

  it.each(templates)('of the menu bar are black shapes on nothing, in three scales: $name', ({ name, size }) => {
    for (const scale of [1, 2, 3]) {
      const image = picture(`tray/${name}Template${scale === 1 ? '' : `@${scale}x`}.png`);
      expect(image.width).toBe(size * scale);
      const seen = pixels(image).filter(([, , , alpha]) => alpha !== 0);
      expect(seen.length).toBeGreaterThan(0);
      expect(seen.length).toBeLessThan(image.width * image.height);
      expect(seen.every(([red, green, blue]) => red === 0 && green === 0 && blue === 0)).toBe(true);
    }
  });

  it('stand together in the file that a Mac wants', () => {
    const file = readFileSync(join(assets, 'icons/icon.icns'));
    expect(file.toString('latin1', 0, 4)).toBe('icns');
    expect(file.readUInt32BE(4)).toBe(file.length);
    const types: string[] = [];
    for (let at = 8; at < file.length; at += file.readUInt32BE(at + 4)) {
      types.push(file.toString('latin1', at, at + 4));
      expect(PNG.sync.read(file.subarray(at + 8, at + file.readUInt32BE(at + 4))).width).toBeGreaterThanOrEqual(16);
    }
    expect(types).toContain('ic10');
    expect(existsSync(join(assets, 'icon.svg'))).toBe(true);
  });
});
