import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Library } from '../../library/library.ts';
import { quietWork, temporaryFolder, temporaryLibrary } from '../../library/testing/temporary-home.ts';
import { onVolume } from '../../library/testing/volume.ts';
import { findMachine } from './find-machine.ts';
import type { AssemblyPlan, ImportPlan } from './import-plan.ts';
import { type ImportChoices, makeMachine } from './make-machine.ts';
import { formats, makeDisk, makeImage, mebibyte, run } from './testing/sample-images.ts';

const patience = { timeout: 30_000 };
const never = new AbortController().signal;
let samples: ReturnType<typeof temporaryFolder>;
let raw: string;
beforeAll(() => {
  samples = temporaryFolder();
  raw = path.join(samples.path, 'web.img');
  makeDisk(raw);
});
afterAll(() => samples[Symbol.dispose]());

async function planOf(file: string): Promise<ImportPlan> {
  const found = await findMachine(file, never);
  if (found.is !== 'machine') throw new Error(`${file} is ${found.is}`);
  return found.plan;
}

async function importFile(library: Library, file: string, choices: Partial<ImportChoices> = {}, work = quietWork()) {
  return await makeMachine(library, await planOf(file), { name: 'new', how: 'copy', ...choices }, work);
}

const isSame = (disk: string): boolean => readFileSync(disk).equals(readFileSync(raw));
const leftIn = ({ home }: Library): string[] =>
  [home.tmp, home.vms].flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []));

describe('makeMachine', () => {
  for (const sample of formats)
    it(`converts ${sample.name} into the same sparse disk`, async () => {
      using home = await temporaryLibrary();
      const file = makeImage(raw, sample);
      const plan = await planOf(file);
      expect(plan).toMatchObject({ kind: sample.kind, os: 'linux', arch: 'amd64', warnings: [] });
      expect(plan.disks[0]?.bytes).toBe(48 * mebibyte);
      const fractions: number[] = [];
      const vm = await makeMachine(
        home.library,
        plan,
        { name: 'new', how: 'copy' },
        {
          signal: never,
          progress: ({ fraction }) => fractions.push(fraction ?? 0),
        },
      );
      const disk = path.join(vm.folder, 'disk.img');
      expect(isSame(disk)).toBe(true);
      expect(statSync(disk).blocks * 512).toBeLessThan(8 * mebibyte);
      expect(fractions.at(-1)).toBeGreaterThan(0.9);
      expect(vm.config).toMatchObject({ os: 'linux', arch: 'amd64', diskFormat: 'raw' });
      expect(statSync(file).size).toBeGreaterThan(0);
    });

  it('copies a raw image without its zeros', async () => {
    using home = await temporaryLibrary();
    const full = path.join(samples.path, 'full.img');
    writeFileSync(full, readFileSync(raw));
    expect(statSync(full).blocks * 512).toBeGreaterThan(40 * mebibyte);
    const vm = await importFile(home.library, full);
    expect(isSame(path.join(vm.folder, 'disk.img'))).toBe(true);
    expect(statSync(path.join(vm.folder, 'disk.img')).blocks * 512).toBeLessThan(8 * mebibyte);
  });

  it('moves a raw image where asked, without a second copy on the way', async () => {
    using home = await temporaryLibrary();
    const file = path.join(home.library.home.path, 'mine.img');
    copyFileSync(raw, file);
    const { ino } = statSync(file);
    const vm = await importFile(home.library, file, { how: 'move' });
    expect(statSync(path.join(vm.folder, 'disk.img')).ino).toBe(ino);
    expect(existsSync(file)).toBe(false);
  });

  it('keeps an image that was to be moved when the machine can’t be made', async () => {
    using home = await temporaryLibrary();
    const file = path.join(home.library.home.path, 'mine.img');
    copyFileSync(raw, file);
    await importFile(home.library, file);
    await expect(importFile(home.library, file, { how: 'move' })).rejects.toMatchObject({ code: 'vm-exists' });
    expect(isSame(file)).toBe(true);
  });

  for (const [name, pack] of [
    ['web.img.gz', (bytes: Buffer) => gzipSync(bytes)],
    ['web.img.zst', (bytes: Buffer) => zstdCompressSync(bytes)],
  ] as const)
    it(`unpacks ${name}`, async () => {
      using home = await temporaryLibrary();
      const file = path.join(samples.path, name);
      writeFileSync(file, pack(readFileSync(raw)));
      expect(await planOf(file)).toMatchObject({ kind: 'compressed', suggestedName: 'web', arch: 'amd64' });
      const vm = await importFile(home.library, file);
      expect(isSame(path.join(vm.folder, 'disk.img'))).toBe(true);
      expect(statSync(path.join(vm.folder, 'disk.img')).blocks * 512).toBeLessThan(8 * mebibyte);
    });

  it('unpacks a compressed image with a header, and converts it', async () => {
    using home = await temporaryLibrary();
    const image = makeImage(raw, { name: 'inner.qcow2', format: 'qcow2', options: '' });
    run('xz', ['-T1', '-0', '-k', image]);
    const vm = await importFile(home.library, `${image}.xz`, { arch: 'amd64' });
    expect(isSame(path.join(vm.folder, 'disk.img'))).toBe(true);
    expect(readdirSync(vm.folder)).not.toContain('disk.img.image');
  });

  it('says that a compressed image is cut off, and leaves nothing', async () => {
    using home = await temporaryLibrary();
    for (const program of ['gzip', 'xz']) {
      const copy = path.join(samples.path, `cut-${program}.img`);
      copyFileSync(raw, copy);
      run(program, ['-1', copy]);
      const file = `${copy}.${program === 'gzip' ? 'gz' : 'xz'}`;
      truncateSync(file, statSync(file).size - 1000);
      await expect(importFile(home.library, file)).rejects.toThrow(/cut off/);
    }
    expect(leftIn(home.library)).toEqual([]);
  });

  it('asks for the processor where nothing says it', async () => {
    using home = await temporaryLibrary();
    const file = path.join(samples.path, 'plain.img');
    writeFileSync(file, Buffer.alloc(mebibyte));
    await expect(importFile(home.library, file)).rejects.toMatchObject({ code: 'invalid-input' });
    const vm = await importFile(home.library, file, { arch: 'arm64', cpuCount: 3, memoryBytes: 2 ** 30 });
    expect(vm.config).toMatchObject({ arch: 'arm64', cpuCount: 3, memorySize: 2 ** 30 });
  });

  it('leaves nothing behind when it is called off while it converts', async () => {
    using home = await temporaryLibrary();
    const stop = new AbortController();
    const file = makeImage(raw, formats[0]);
    const work = { signal: stop.signal, progress: () => stop.abort() };
    await expect(importFile(home.library, file, {}, work)).rejects.toThrow();
    expect(leftIn(home.library)).toEqual([]);
  });

  it('leaves nothing behind on a full disk, and says so', async (context) => {
    await onVolume(context, 'tmpfs', 6 * mebibyte, async (point) => {
      using home = await temporaryLibrary(point);
      const plan = (await planOf(makeImage(raw, { ...formats[1], name: 'tight.qcow2' }))) as AssemblyPlan;
      // As if the estimate had been too low: another program may fill the disk meanwhile.
      const [disk] = plan.disks;
      const low = { ...plan, disks: [{ ...disk!, allocatedBytes: 1 }] };
      for (const tight of [plan, low]) {
        await expect(
          makeMachine(home.library, tight, { name: 'new', how: 'copy' }, quietWork()),
        ).resolves.toBeDefined();
        await home.library.delete('new', 'permanent');
        // Landlock holds the files of its rules for a moment longer than the program was there.
        await expect
          .poll(() => statfsSync(point).bavail * statfsSync(point).bsize, patience)
          .toBeGreaterThan(5 * mebibyte);
      }
      writeFileSync(path.join(point, 'filler'), Buffer.alloc(3 * mebibyte, 1));
      for (const tight of [plan, low])
        await expect(makeMachine(home.library, tight, { name: 'new', how: 'copy' }, quietWork())).rejects.toMatchObject(
          {
            code: 'no-space',
          },
        );
      expect(leftIn(home.library)).toEqual([]);
    });
  });

  it('takes a Tart machine over, with what Tart would keep, and a MAC address of its own', async () => {
    using home = await temporaryLibrary();
    const original = (await home.library.create({ name: 'original', os: 'linux', diskBytes: mebibyte }, quietWork()))
      .folder;
    const folder = path.join(samples.path, 'exported');
    mkdirSync(folder);
    for (const name of ['config.json', 'disk.img']) copyFileSync(path.join(original, name), path.join(folder, name));
    writeFileSync(path.join(folder, 'nvram.bin'), 'made by a Mac');
    writeFileSync(path.join(folder, 'last-run.json'), '{}');
    writeFileSync(
      path.join(folder, 'tatin.json'),
      JSON.stringify({
        notes: 'mine',
        autostart: true,
        sharedFolders: [{ name: 'all', path: '/' }],
        extraDisks: [{ path: '/etc/passwd' }, { path: '../../other/disk.img' }],
        portForwards: [
          { hostPort: 2222, guestPort: 22 },
          { hostPort: 80, guestPort: 80, hostAddress: '0.0.0.0' },
        ],
      }),
    );
    expect((await planOf(folder)).leftOut.map(({ setting }) => setting)).toEqual([
      'Shared folder “all” (/)',
      'Further disk /etc/passwd',
      'Port forward 0.0.0.0:80 to 80',
      'Start with Tatin',
    ]);
    const vm = await importFile(home.library, folder);
    expect(vm.config.macAddress).not.toBe((await home.library.get('original')).config.macAddress);
    expect(readFileSync(path.join(vm.folder, 'nvram.bin'), 'utf8')).toBe('made by a Mac');
    expect(readdirSync(vm.folder)).not.toContain('last-run.json');
    expect(vm.annotations).toMatchObject({ notes: 'mine', sharedFolders: [], autostart: false });
    expect(vm.annotations.portForwards.map(({ hostPort }) => hostPort)).toEqual([2222]);
    expect(vm.annotations.extraDisks.filter(({ path: disk }) => !disk.startsWith(vm.folder))).toEqual([]);
  });

  it('refuses a machine that lost a part', async () => {
    using home = await temporaryLibrary();
    const folder = path.join(samples.path, 'half');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'config.json'), '{}');
    writeFileSync(path.join(folder, 'disk.img'), 'x');
    await expect(importFile(home.library, folder)).rejects.toThrow(/config.json/);
  });
});
