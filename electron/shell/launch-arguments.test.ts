import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { launchArguments } from './launch-arguments.ts';

describe('handedOver', () => {
  it('finds files that are there and addresses of ours, and nothing else', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'tatin-handed-'));
    try {
      const file = path.join(folder, 'debian.iso');
      writeFileSync(file, '');
      const words = ['--no-sandbox', 'debian.iso', file, 'missing.iso', '', 'tatin://show/web', 'Tatin://open'];
      expect(launchArguments(words, folder)).toEqual({
        files: [file, file],
        links: ['tatin://show/web', 'Tatin://open'],
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
