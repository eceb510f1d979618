import { createHash } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Library } from '../../library/library.ts';
import type { Work } from '../../jobs/work.ts';
import { quietWork, temporaryFolder, temporaryLibrary } from '../../library/testing/temporary-home.ts';
import { onVolume } from '../../library/testing/volume.ts';
import { findMachine } from './find-machine.ts';
import { discardKeptWork } from './kept-work.ts';
import { makeMachine } from './make-machine.ts';
import { makeDisk, makeImage, mebibyte, run } from './testing/sample-images.ts';

const never = new AbortController().signal;
/** Small parts, and each noted, so that there is something to go on from. */
const supervision = { owner: 'test', windowBytes: 4 * mebibyte, checkpointMs: 0 };
const choices = { name: 'new', how: 'copy' as const };

let samples: ReturnType<typeof temporaryFolder>;
let raw: string;
beforeAll(() => {
  samples = temporaryFolder();
  raw = path.join(samples.path, 'web.img');
  makeDisk(raw, { data: 20 });
});
afterAll(() => samples[Symbol.dispose]());

async function importFile(library: Library, file: string, work = quietWork()) {
  const found = await findMachine(file, never);
  if (found.is !== 'machine') throw new Error(`it is ${found.is}`);
  return await makeMachine(library, found.plan, choices, work, supervision);
}

const kept = ({ home }: Library): string[] => {
  const folder = path.join(home.cache, 'Tatin', 'imports');
  return existsSync(folder) ? readdirSync(folder).map((name) => path.join(folder, name)) : [];
};
const doneBytes = (library: Library): number[] =>
  kept(library).map(
    (folder) => (JSON.parse(readFileSync(path.join(folder, 'kept.json'), 'utf8')) as { doneBytes: number }).doneBytes,
  );
const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** Work that is called off once it is so far, 0 to 1, and that remembers how far it was at first. */
function stoppingAt(fraction: number): Work & { firstBytes: () => number } {
  const stop = new AbortController();
  let first = -1;
  return {
    signal: stop.signal,
    firstBytes: () => first,
    progress: ({ bytesDone = 0, bytesTotal = 1 }) => {
      if (first === -1) first = bytesDone;
      if (bytesDone / bytesTotal >= fraction) stop.abort(new Error('called off'));
    },
  };
}

/** The same disk, in a file that is copied and in one that is converted. */
const sources = [
  ['a raw image', () => raw],
  ['a QCOW2 image', () => makeImage(raw, { name: 'web.qcow2', format: 'qcow2', options: '' })],
  [
    'a split VMDK image',
    () => makeImage(raw, { name: 'parts.vmdk', format: 'vmdk', options: '-o subformat=twoGbMaxExtentSparse' }),
  ],
] as const;

describe.each(sources)('the import of %s that was stopped', (_what, makeSource) => {
  it('goes on from what was done, and makes the same sparse disk', async () => {
    using home = await temporaryLibrary();
    const file = makeSource();
    await expect(importFile(home.library, file, stoppingAt(0.5))).rejects.toThrow();
    expect(readdirSync(home.library.home.tmp)).toEqual([]);
    const [done] = doneBytes(home.library);
    expect(done).toBeGreaterThan(0);
    const work = stoppingAt(2);
    const vm = await importFile(home.library, file, work);
    expect(work.firstBytes()).toBeGreaterThan(0);
    const disk = path.join(vm.folder, 'disk.img');
    expect(digest(disk)).toBe(digest(raw));
    expect(statSync(disk).blocks * 512).toBeLessThan(26 * mebibyte);
    expect(kept(home.library)).toEqual([]);
  });
});

describe('an import that was stopped', () => {
  it('begins anew when the original is another one now', async () => {
    using home = await temporaryLibrary();
    const file = path.join(samples.path, 'changing.img');
    copyFileSync(raw, file);
    await expect(importFile(home.library, file, stoppingAt(0.5))).rejects.toThrow();
    const { atime, mtime } = statSync(file);
    makeDisk(file, { data: 20 });
    // Even if it pretends to be as old.
    utimesSync(file, atime, mtime);
    const work = stoppingAt(2);
    const vm = await importFile(home.library, file, work);
    expect(digest(path.join(vm.folder, 'disk.img'))).toBe(digest(file));
  });

  it('goes on also where the original was moved to another place', async () => {
    using home = await temporaryLibrary();
    const file = path.join(samples.path, 'here.img');
    run('cp', ['--preserve=timestamps', raw, file]);
    await expect(importFile(home.library, file, stoppingAt(0.5))).rejects.toThrow();
    const other = path.join(samples.path, 'there.img');
    renameSync(file, other);
    const work = stoppingAt(2);
    const vm = await importFile(home.library, other, work);
    expect(work.firstBytes()).toBeGreaterThan(0);
    expect(digest(path.join(vm.folder, 'disk.img'))).toBe(digest(raw));
  });

  it('begins anew where what was kept is not what was noted', async () => {
    using home = await temporaryLibrary();
    await expect(importFile(home.library, raw, stoppingAt(0.5))).rejects.toThrow();
    const [folder = ''] = kept(home.library);
    const disk = path.join(folder, 'disk.img');
    writeFileSync(disk, Buffer.alloc(statSync(disk).size, 7));
    const vm = await importFile(home.library, raw);
    expect(digest(path.join(vm.folder, 'disk.img'))).toBe(digest(raw));
    await home.library.delete('new', 'permanent');
    await expect(importFile(home.library, raw, stoppingAt(0.5))).rejects.toThrow();
    const [again = ''] = kept(home.library);
    writeFileSync(path.join(again, 'kept.json'), '{"version":1,"doneBytes":9e99}');
    truncateSync(path.join(again, 'disk.img'), 100);
    expect(digest(path.join((await importFile(home.library, raw)).folder, 'disk.img'))).toBe(digest(raw));
  });

  it('is given up by the one who kept it, and by nobody else', async () => {
    using home = await temporaryLibrary();
    await expect(importFile(home.library, raw, stoppingAt(0.5))).rejects.toThrow();
    await discardKeptWork(home.library.home, 'somebody else');
    expect(kept(home.library)).toHaveLength(1);
    await discardKeptWork(home.library.home, 'test');
    expect(kept(home.library)).toEqual([]);
  });

  it('is forgotten after a week', async () => {
    using home = await temporaryLibrary();
    await expect(importFile(home.library, raw, stoppingAt(0.5))).rejects.toThrow();
    const old = new Date(Date.now() - 8 * 24 * 60 * 60 * 1000);
    utimesSync(path.join(kept(home.library)[0] ?? '', 'kept.json'), old, old);
    const other = path.join(samples.path, 'other.img');
    makeDisk(other);
    await importFile(home.library, other);
    expect(kept(home.library)).toEqual([]);
  });

  it('keeps nothing on a full volume', async (context) => {
    await onVolume(context, 'tmpfs', 16 * mebibyte, async (point) => {
      using home = await temporaryLibrary(point);
      // A filler comes while it is at work.
      const progress: Work['progress'] = ({ bytesDone = 0 }) => {
        if (bytesDone > 4 * mebibyte && !existsSync(path.join(point, 'filler')))
          writeFileSync(path.join(point, 'filler'), Buffer.alloc(8 * mebibyte, 1));
      };
      const small = path.join(samples.path, 'small.img');
      makeDisk(small, { data: 9 });
      await expect(importFile(home.library, small, { signal: never, progress })).rejects.toMatchObject({
        code: 'no-space',
      });
      expect(kept(home.library)).toEqual([]);
      expect(readdirSync(home.library.home.tmp)).toEqual([]);
    });
  });
});

describe('an import whose original is disturbed', () => {
  const disturbances: readonly (readonly [what: string, disturb: (file: string) => void, message: RegExp])[] = [
    ['is cut short', (file) => truncateSync(file, 5 * mebibyte), /changed while it was imported|ended before/],
    ['is written to', (file) => appendFileSync(file, 'x'), /changed while it was imported/],
  ];
  it.each(disturbances)('makes nothing and says why: it %s', async (_what, disturb, message) => {
    using home = await temporaryLibrary();
    for (const form of ['raw', 'qcow2']) {
      const source = form === 'raw' ? raw : makeImage(raw, { name: 'moving.qcow2', format: 'qcow2', options: '' });
      const file = path.join(samples.path, `disturbed.${form}`);
      copyFileSync(source, file);
      let isDone = false;
      const progress: Work['progress'] = ({ bytesDone = 0 }) => {
        if (isDone || bytesDone === 0) return;
        isDone = true;
        disturb(file);
      };
      await expect(importFile(home.library, file, { signal: never, progress }), form).rejects.toMatchObject({
        code: 'file-not-found',
        message: expect.stringMatching(message) as string,
      });
      expect(await home.library.list()).toEqual([]);
      expect(readdirSync(home.library.home.tmp)).toEqual([]);
    }
  });

  it('says that a drive was disconnected, and goes on when it is back', async (context) => {
    await onVolume(context, 'ext4', 160 * mebibyte, async (point) => {
      using home = await temporaryLibrary();
      const file = path.join(point, 'web.qcow2');
      copyFileSync(makeImage(raw, { name: 'drive.qcow2', format: 'qcow2', options: '' }), file);
      const image = path.join(path.dirname(point), 'image');
      let isGone = false;
      const progress: Work['progress'] = ({ fraction = 0 }) => {
        if (isGone || fraction < 0.3) return;
        isGone = true;
        run('umount', ['-l', point]);
      };
      await expect(importFile(home.library, file, { signal: never, progress })).rejects.toMatchObject({
        code: 'file-not-found',
        retry: true,
        message: expect.stringContaining('web.qcow2') as string,
      });
      expect(await home.library.list()).toEqual([]);
      expect(doneBytes(home.library)[0]).toBeGreaterThan(0);
      const elsewhere = path.join(samples.path, 'elsewhere');
      mkdirSync(elsewhere);
      run('mount', ['-o', 'loop', image, elsewhere]);
      try {
        const work = stoppingAt(2);
        const vm = await importFile(home.library, path.join(elsewhere, 'web.qcow2'), work);
        expect(work.firstBytes()).toBeGreaterThan(0);
        expect(digest(path.join(vm.folder, 'disk.img'))).toBe(digest(raw));
      } finally {
        run('umount', [elsewhere]);
        run('mount', ['-o', 'loop', image, point]);
      }
    });
  });
});
