import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { layDownVm, quietWork, temporaryLibrary } from '../../library/testing/temporary-home.ts';
import { onVolume } from '../../library/testing/volume.ts';
import { vmIdOf } from '../../library/vm-id.ts';
import { layDownImage } from '../../registry/cache/testing/cached-image.ts';
import { startRegistry } from '../../registry/client/testing/registry.ts';
import { pull } from './pull.ts';
import { push } from './push.ts';

const mebibyte = 1024 ** 2;

describe('pull', () => {
  it('makes room from what was not used for longest, and goes on', async (context) => {
    await onVolume(context, 'tmpfs', 200 * mebibyte, async (mountPoint) => {
      await using registry = await startRegistry();
      using source = await temporaryLibrary();
      const disk = randomBytes(8 * mebibyte);
      writeFileSync(path.join(layDownVm(source.library, 'web'), 'disk.img'), disk);
      const reference = `${registry.host}/team/web:1`;
      const common = { insecure: true, concurrency: 4 };
      await push(
        source.library,
        {
          ...common,
          source: { from: 'vm', id: vmIdOf('web') },
          references: [reference],
          labels: {},
          chunkBytes: 0,
          populateCache: false,
        },
        quietWork(),
      );
      using here = await temporaryLibrary(mountPoint);
      const { library } = here;
      const old = layDownImage(library.home, { digit: 'a', tags: ['a'], dataBytes: 40 * mebibyte, daysUnused: 90 });
      const young = layDownImage(library.home, { digit: 'b', tags: ['b'], dataBytes: 40 * mebibyte, daysUnused: 3 });
      const { id, outcome } = await pull(library, { reference, ...common }, quietWork());
      expect(outcome).toBe('pulled');
      expect([old, young].map((folder) => existsSync(folder))).toEqual([false, true]);
      const folder = path.join(
        library.home.cache,
        'OCIs',
        id.replace(registry.host, registry.host.replace(':', '%3A')).replace('@', '/'),
      );
      expect(readFileSync(path.join(folder, 'disk.img')).equals(disk)).toBe(true);
    });
  });
});
