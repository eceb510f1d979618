import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, it, type TestContext, vi } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import { Library } from '../../library/library.ts';
import { freeBytes, requireSpace } from '../../files/space.ts';
import { onVolume } from '../../library/testing/volume.ts';
import { Uploads } from './uploads.ts';

const megabyte = 1_000_000;
const volumeBytes = 40 * megabyte;
/** Less than a fifth of the volume, so that four have room beside what is held back, and five do not. */
const sizeBytes = 8 * megabyte;

interface Lab {
  readonly uploads: Uploads;
  readonly library: Library;
  /** Asks for room, and gives the id. */
  readonly begin: (bytes?: number) => Promise<string>;
  /** Asks for room so often at once, and gives the ids of those that got some. */
  readonly beginMany: (count: number, bytes?: number) => Promise<string[]>;
}

/** On a real volume of its own, which is small. */
async function onSmallVolume(context: TestContext, work: (lab: Lab) => Promise<void>): Promise<void> {
  await onVolume(context, 'tmpfs', volumeBytes, async (volume) => {
    const library = await Library.open(`${volume}/home`);
    await using uploads = new Uploads(library);
    const begin = async (bytes = sizeBytes): Promise<string> => {
      const uploadId = crypto.randomUUID();
      await uploads.begin({ uploadId, name: 'disk.img', sizeBytes: bytes });
      return uploadId;
    };
    const beginMany = async (count: number, bytes?: number): Promise<string[]> => {
      const ids = await Promise.all(
        Array.from({ length: count }, () =>
          begin(bytes).catch((error: unknown) => {
            expect(AppError.from(error).code).toBe('no-space');
            return undefined;
          }),
        ),
      );
      return ids.filter((id) => id !== undefined);
    };
    await work({ uploads, library, begin, beginMany });
  });
}

async function send(uploads: Uploads, uploadId: string, bytes: Buffer): Promise<void> {
  const channel = await uploads.openChannel(uploadId, 0);
  await channel.send(bytes);
  channel.close();
}

afterEach(() => vi.useRealTimers());

describe('the room of uploads', () => {
  it('is reckoned together, also for those that are asked for at once', (context) =>
    onSmallVolume(context, async ({ uploads, library, begin, beginMany }) => {
      expect(await beginMany(50)).toHaveLength(4);
      const free = await freeBytes(library.home.path);
      // Nothing is written yet: by the file system alone, there would be room for the next one.
      expect(free).toBeGreaterThan(4 * sizeBytes);
      await expect(begin()).rejects.toThrow(
        /^Receiving "disk.img" needs 8 MB, and \d MB are free beside the 3\d MB that are kept/,
      );
      expect(readdirSync(library.home.tmp)).toHaveLength(4);
      await uploads[Symbol.asyncDispose]();
      expect(await beginMany(50)).toHaveLength(4);
    }));

  it('is not free for others either, and no longer promised when it is written or given back', (context) =>
    onSmallVolume(context, async ({ uploads, library, beginMany }) => {
      const { path } = library.home;
      const [first = '', second = ''] = await beginMany(50);
      await expect(requireSpace(path, 9 * megabyte, 'Copying')).rejects.toMatchObject({ code: 'no-space' });
      const before = await freeBytes(path);
      await send(uploads, first, randomBytes(sizeBytes));
      const taken = before - (await freeBytes(path));
      expect(taken).toBeGreaterThanOrEqual(sizeBytes);
      // What is written is gone from the free bytes, so it must not be counted twice.
      await requireSpace(path, 3 * megabyte, 'Copying');
      await uploads.discard(second);
      await requireSpace(path, 9 * megabyte, 'Copying');
      expect(await beginMany(50)).toHaveLength(1);
    }));

  it('takes along what the files of a folder take beside their bytes', (context) =>
    onSmallVolume(context, async ({ uploads }) => {
      const files = Array.from({ length: 2_000 }, (_, index) => ({ path: `${index}`, sizeBytes: 0 }));
      const folder = (): Promise<unknown> =>
        uploads.begin({ uploadId: crypto.randomUUID(), name: 'folder', sizeBytes: 0, files });
      await expect(Promise.all(Array.from({ length: 5 }, folder))).rejects.toMatchObject({ code: 'no-space' });
    }));

  it('is taken from what its page has left, and only where it is needed', (context) =>
    onSmallVolume(context, async ({ uploads, beginMany, begin }) => {
      vi.useFakeTimers({ toFake: ['performance'] });
      const [left = '', open = '', ...others] = await beginMany(50);
      await send(uploads, left, randomBytes(megabyte));
      const channel = await uploads.openChannel(open, 0);
      vi.advanceTimersByTime(31_000);
      for (const id of others) await uploads.begin({ uploadId: id, name: 'disk.img', sizeBytes });
      await channel.send(randomBytes(megabyte));
      const more = await begin();
      expect(() => uploads.file({ uploadId: left })).toThrow(/no longer here/);
      for (const id of [open, more, ...others]) expect(() => uploads.file({ uploadId: id })).toThrow(/bytes have come/);
      await expect(begin()).rejects.toMatchObject({ code: 'no-space' });
    }));
});

describe('uploads', () => {
  it('are bounded in number', (context) =>
    onSmallVolume(context, async ({ begin }) => {
      await Promise.all(Array.from({ length: 256 }, () => begin(0)));
      await expect(begin(0)).rejects.toMatchObject({ code: 'not-allowed', retry: true });
    }));

  it('are one for one id, however often it is asked for at once', (context) =>
    onSmallVolume(context, async ({ uploads, library }) => {
      const wanted = { uploadId: crypto.randomUUID(), name: 'disk.img', sizeBytes };
      await Promise.all(Array.from({ length: 10 }, () => uploads.begin(wanted)));
      expect(readdirSync(library.home.tmp)).toHaveLength(1);
    }));

  it('take bytes from one connection alone', (context) =>
    onSmallVolume(context, async ({ uploads, begin }) => {
      const uploadId = await begin();
      const [one, other] = await Promise.all([uploads.openChannel(uploadId, 0), uploads.openChannel(uploadId, 0)]);
      const came = await Promise.allSettled([one.send(randomBytes(1000)), other.send(randomBytes(1000))]);
      expect(came.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await uploads.begin({ uploadId, name: 'disk.img', sizeBytes })).toMatchObject({ receivedBytes: 1000 });
    }));

  it('are cut off at the first byte too many', (context) =>
    onSmallVolume(context, async ({ uploads, begin }) => {
      const uploadId = await begin(1000);
      const channel = await uploads.openChannel(uploadId, 0);
      const closed = new Promise<string | undefined>((resolve) => channel.onClose(resolve));
      await expect(channel.send(Buffer.alloc(1001))).rejects.toMatchObject({ code: 'invalid-input' });
      expect(await closed).toContain('More came');
      await expect(channel.send(Buffer.alloc(1))).rejects.toMatchObject({ code: 'connection-lost' });
    }));
});
