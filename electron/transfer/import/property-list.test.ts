import { truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { partAt } from './door.ts';
import { readPropertyList } from './property-list.ts';

describe('readPropertyList', () => {
  it('reads settings, and nothing that is too long to be some', async () => {
    using folder = temporaryFolder();
    const file = path.join(folder.path, 'config.plist');
    writeFileSync(file, '<plist version="1.0"><dict><key>CPUs</key><integer>3</integer></dict></plist>');
    const part = await partAt(file);
    expect(await readPropertyList(part)).toEqual({ CPUs: 3 });
    // More than Node reads at once; all of it a hole.
    truncateSync(file, 5 * 1024 ** 3);
    await expect(readPropertyList(part)).rejects.toMatchObject({ code: 'image-not-supported' });
  });
});
