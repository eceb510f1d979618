import { existsSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { layDownVm, temporaryFolder } from '../../library/testing/temporary-home.ts';
import { onVolume } from '../../library/testing/volume.ts';
import { vmIdOf } from '../../library/vm-id.ts';
import { layDownImage } from '../../registry/cache/testing/cached-image.ts';
import { openServices } from '../open-services.ts';
import { startJob } from '../operate.ts';
import { FakeDriver } from '../testing/fake-driver.ts';

const mebibyte = 1024 ** 2;

describe('vms.clone', () => {
  it('makes room for what the guest of the copy can write, whichever program asks', async (context) => {
    using state = temporaryFolder();
    vi.stubEnv('TATIN_STATE', state.path);
    await onVolume(context, 'tmpfs', 200 * mebibyte, async (mountPoint) => {
      await using services = await openServices({ home: path.join(mountPoint, 'home'), driver: new FakeDriver() });
      const { library } = services;
      truncateSync(path.join(layDownVm(library, 'web'), 'disk.img'), 150 * mebibyte);
      const old = layDownImage(library.home, { digit: 'a', tags: ['a'], dataBytes: 80 * mebibyte, daysUnused: 90 });
      const clone = async (name: string, pruneLimitBytes?: number): Promise<void> => {
        const request = { id: vmIdOf('web'), name, pruneLimitBytes };
        await (
          await startJob(services, 'vms.clone', request, new AbortController().signal)
        ).result;
      };
      await clone('first', 0);
      expect(existsSync(old)).toBe(true);
      await clone('second');
      expect(existsSync(old)).toBe(false);
    });
    vi.unstubAllEnvs();
  });
});
