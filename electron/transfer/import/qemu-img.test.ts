import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '../../..');
/** The one place that knows the program's name. What only tests or proves the product makes images of its own with it. */
const allowed = ['electron/transfer/import/qemu-img.ts'];
const isTest = (file: string): boolean => /\.test\.(ts|mjs)$|\/testing\//.test(file);

describe('qemu-img', () => {
  it('is started from one place, which confines it', () => {
    const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'electron', 'renderer'], {
      cwd: root,
      encoding: 'utf8',
    });
    const starting = files
      .split('\n')
      .filter((file) => /\.(ts|tsx|mjs)$/.test(file) && !isTest(file))
      .filter((file) => /['"/]qemu-(img|io|nbd|storage-daemon)['"`]/.test(readFileSync(path.join(root, file), 'utf8')));
    expect(starting.toSorted()).toEqual(allowed);
    const only = readFileSync(path.join(root, 'electron/transfer/import/qemu-img.ts'), 'utf8');
    expect(only).toContain('runConfined(');
    expect(only).not.toMatch(/child_process|runCommand|outputOf/);
  });
});
