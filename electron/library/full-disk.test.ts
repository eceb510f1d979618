import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Library } from './library.ts';
import { makeVm, quietWork } from './testing/temporary-home.ts';
import { onVolume } from './testing/volume.ts';

const megabyte = 1_000_000;

/** Takes all room that is left. */
function fillUp(volume: string): void {
  for (const bytes of [megabyte, 4096])
    try {
      for (let number = 0; ; number++)
        writeFileSync(path.join(volume, `filler${bytes}-${number}`), Buffer.alloc(bytes, 1));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
}

function makeRoom(volume: string): void {
  for (const name of readdirSync(volume)) if (name.startsWith('filler')) rmSync(path.join(volume, name));
}

async function makeFilled(library: Library, name: string, bytes: number): Promise<string> {
  return await makeVm(library, name, {
    diskBytes: bytes,
    fill: (disk) => {
      writeFileSync(disk.path, Buffer.alloc(bytes, 1));
      return Promise.resolve();
    },
  });
}

describe('a library on a full volume', () => {
  it('stops making a VM with a reason and leaves nothing', async (context) => {
    await onVolume(context, 'tmpfs', 12 * megabyte, async (volume) => {
      const library = await Library.open(path.join(volume, 'home'));
      const made = makeFilled(library, 'a', 20 * megabyte);
      await expect(made).rejects.toMatchObject({
        code: 'no-space',
        retry: true,
        message: expect.stringMatching(/^Making "a" stopped because the disk is full \(12 MB are free now/) as string,
      });
      expect(await library.list()).toEqual([]);
      expect(readdirSync(library.home.tmp)).toEqual([]);
      fillUp(volume);
      await expect(makeVm(library, 'b')).rejects.toMatchObject({ code: 'no-space' });
      expect(readdirSync(library.home.tmp)).toEqual([]);
    });
  });

  it('says before it copies that a VM does not fit', async (context) => {
    await onVolume(context, 'tmpfs', 20 * megabyte, async (volume) => {
      const library = await Library.open(path.join(volume, 'home'));
      await makeFilled(library, 'a', 12 * megabyte);
      await expect(library.clone('a', 'b', quietWork())).rejects.toMatchObject({
        code: 'no-space',
        message: expect.stringMatching(/^Duplicating "a" needs 12 MB, and 8 MB are free\.$/) as string,
      });
      expect((await library.list()).map(({ name }) => name)).toEqual(['a']);
    });
  });

  it('stops in the middle of a copy when others take the room, and undoes it', async (context) => {
    await onVolume(context, 'tmpfs', 40 * megabyte, async (volume) => {
      const library = await Library.open(path.join(volume, 'home'));
      const folder = await makeFilled(library, 'a', 16 * megabyte);
      const clone = library.clone('a', 'b', { signal: new AbortController().signal, progress: () => fillUp(volume) });
      await expect(clone).rejects.toMatchObject({ code: 'no-space' });
      expect((await library.list()).map(({ name }) => name)).toEqual(['a']);
      expect(readdirSync(library.home.tmp)).toEqual([]);
      expect(readFileSync(path.join(folder, 'disk.img')).equals(Buffer.alloc(16 * megabyte, 1))).toBe(true);
      makeRoom(volume);
      expect(await library.clone('a', 'b', quietWork())).toMatchObject({ name: 'b' });
    });
  });

  it('keeps the old settings and notes whole when new ones find no room', async (context) => {
    await onVolume(context, 'tmpfs', 4 * megabyte, async (volume) => {
      const library = await Library.open(path.join(volume, 'home'));
      await makeVm(library, 'a', { cpuCount: 1, annotations: { notes: 'old' } });
      fillUp(volume);
      await expect(library.annotate('a', { notes: 'n'.repeat(9000) })).rejects.toMatchObject({ code: 'no-space' });
      expect(await library.get('a')).toMatchObject({ annotations: { notes: 'old' } });
      expect(readdirSync(library.home.tmp)).toEqual([]);
      await library
        .configure('a', { cpuCount: 2 })
        .catch((error: unknown) => expect(error).toMatchObject({ code: 'no-space' }));
      expect([1, 2]).toContain((await library.get('a')).config.cpuCount);
      await library.delete('a', 'permanent');
      expect(await library.list()).toEqual([]);
    });
  });
});
