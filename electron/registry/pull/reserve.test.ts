import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Home } from '../../library/home.ts';
import { freeBytes, reserveBytes } from '../../files/space.ts';
import { quietWork } from '../../library/testing/temporary-home.ts';
import { onVolume } from '../../library/testing/volume.ts';
import { makeRoom } from '../cache/prune.ts';
import type { Reference } from '../../contract/reference.ts';
import { type FaultProxy, ofBlobs, startFaultProxy } from '../client/testing/fault-proxy.ts';
import { parseManifest } from '../manifest/manifest.ts';
import { handMadeImage, publish } from '../testing/hand-made-image.ts';
import { type ImageBed, cachedPaths, pullFrom, startImageBed } from '../testing/image-bed.ts';
import { unfinishedPulls } from '../cache/pull-folder.ts';

const megabyte = 1_000_000;
/** Says by its size that it does not fit. */
const noise = handMadeImage([{ plain: randomBytes(40 * megabyte) }]);
/** A few hundred kilobytes that unpack to much. */
const texts = handMadeImage(
  Array.from({ length: 8 }, (_, index) => ({ plain: Buffer.alloc(8 * megabyte, `all work and no play ${index} `) })),
);

let bed: ImageBed;
let proxy: FaultProxy;
let noiseName: Reference;
let textsName: Reference;
beforeAll(async () => {
  bed = await startImageBed();
  proxy = await startFaultProxy(bed.registry.url);
  noiseName = { host: proxy.host, namespace: 'large/noise', tag: 'latest' };
  textsName = { host: proxy.host, namespace: 'large/texts', tag: 'latest' };
  await publish(bed.client(), { namespace: 'large/noise' }, noise);
  await publish(bed.client(), { namespace: 'large/texts' }, texts);
});
afterEach(() => vi.unstubAllEnvs());
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await bed[Symbol.asyncDispose]();
});

const pull = (home: Home, reference: Reference) =>
  pullFrom(bed, home, {
    reference,
    client: bed.client(proxy.host),
    concurrency: 4,
    makeRoom: async (bytes) => {
      await makeRoom(home, bytes, quietWork());
    },
  });

describe.each([
  ['tmpfs', false],
  ['tmpfs', true],
  ['ext4', false],
] as const)('a pull onto a %s that is too small (pruning off: %s)', (kind, isPruningOff) => {
  it('does not begin if it is certain that the image does not fit', async (context) => {
    if (isPruningOff) vi.stubEnv('TART_NO_AUTO_PRUNE', '');
    await onVolume(context, kind, 40 * megabyte, async (volume) => {
      const home = new Home(path.join(volume, 'home'));
      const seen = proxy.requests.length;
      await expect(pull(home, noiseName)).rejects.toMatchObject({
        code: 'no-space',
        message: expect.stringMatching(/^Pulling .* needs 40 MB, and \d+ MB are free/) as string,
      });
      expect(proxy.requests.slice(seen).filter(ofBlobs)).toEqual([]);
      expect(unfinishedPulls(home)).toEqual([]);
    });
  });

  it('leaves a reserve when it turns out so on the way, keeps what fits, and goes on later', async (context) => {
    if (isPruningOff) vi.stubEnv('TART_NO_AUTO_PRUNE', '');
    await onVolume(context, kind, 48 * megabyte, async (volume) => {
      const home = new Home(path.join(volume, 'home'));
      await expect(pull(home, textsName)).rejects.toMatchObject({
        code: 'no-space',
        retry: true,
        message: expect.stringContaining('are left to running machines') as string,
        hint: expect.stringContaining('what was fetched is kept') as string,
      });
      expect(await freeBytes(volume)).toBeGreaterThanOrEqual(await reserveBytes(volume));
      expect(cachedPaths(home)).toEqual([]);
      const [kept] = unfinishedPulls(home);
      expect(kept?.allocatedBytes).toBeGreaterThan(8 * megabyte);
      if (kind !== 'tmpfs') return;
      execFileSync('mount', ['-o', `remount,size=${100 * megabyte}`, volume]);
      const { folder } = await pull(home, textsName);
      expect(readFileSync(path.join(folder, 'disk.img')).equals(texts.disk)).toBe(true);
      expect(parseManifest(texts.manifest).diskBytes).toBe(64 * megabyte);
    });
  });
});
