import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Library } from './library.ts';
import { discardHomeMove, moveHome, planHomeMove } from './move-home.ts';
import { requireSame } from './mirror-folder.ts';
import { holdFcntl, OtherProgram } from './testing/other-program.ts';
import { makeVm, temporaryFolder } from './testing/temporary-home.ts';
import type { Work } from '../jobs/work.ts';

let here: ReturnType<typeof temporaryFolder>;
let other: ReturnType<typeof temporaryFolder>;
let from: string;
const isOtherVolume = existsSync('/dev/shm') && statSync('/dev/shm').dev !== statSync('/tmp').dev;

beforeEach(async () => {
  here = temporaryFolder('/tmp');
  // Another file system, where there is one.
  other = temporaryFolder(isOtherVolume ? '/dev/shm' : '/tmp');
  from = path.join(here.path, 'tart');
  const library = await Library.open(from);
  const vm = await makeVm(library, 'web');
  truncateSync(path.join(vm, 'disk.img'), 64 * 1024 ** 2);
  writeFileSync(path.join(vm, 'disk.img'), 'what is on it', { flag: 'r+' });
  const image = path.join(from, 'cache/OCIs/ghcr.io/ci/linux');
  mkdirSync(path.join(image, 'sha256:1'), { recursive: true });
  writeFileSync(path.join(image, 'sha256:1/disk.img'), 'an image');
  symlinkSync(path.join(image, 'sha256:1'), path.join(image, 'latest'));
  symlinkSync('/elsewhere/disk.iso', path.join(vm, 'disc'));
  utimesSync(path.join(image, 'sha256:1'), 1_700_000_000, 1_700_000_001);
});
afterEach(() => {
  here[Symbol.dispose]();
  other[Symbol.dispose]();
});

const work = (signal = new AbortController().signal, progress: Work['progress'] = () => undefined): Work => ({
  signal,
  progress,
});
const noNews = (): Promise<void> => Promise.resolve();

async function requireMoved(to: string): Promise<void> {
  const library = await Library.open(to);
  expect(await library.list()).toMatchObject([{ kind: 'machine', name: 'web' }]);
  const disk = path.join(to, 'vms/web/disk.img');
  expect(statSync(disk)).toMatchObject({ size: 64 * 1024 ** 2 });
  expect(statSync(disk).blocks * 512).toBeLessThan(1024 ** 2);
  expect(readFileSync(disk, 'utf8').slice(0, 13)).toBe('what is on it');
  const image = path.join(to, 'cache/OCIs/ghcr.io/ci/linux');
  expect(readlinkSync(path.join(image, 'latest'))).toBe(path.join(image, 'sha256:1'));
  expect(statSync(path.join(image, 'sha256:1')).mtimeMs).toBe(1_700_000_001_000);
  expect(readlinkSync(path.join(to, 'vms/web/disc'))).toBe('/elsewhere/disk.iso');
  expect(readdirSync(to).sort()).toEqual(['cache', 'tmp', 'vms']);
  expect(existsSync(from)).toBe(false);
  expect(
    [...readdirSync(path.dirname(from)), ...readdirSync(path.dirname(to))].filter((name) => name.includes('tatin')),
  ).toEqual([]);
}

describe('Moving a home', () => {
  it('is one rename on the same volume, which takes its tags along', async () => {
    const to = path.join(here.path, 'elsewhere');
    mkdirSync(to);
    expect(await planHomeMove({ from, to })).toMatchObject({ how: 'rename', machineCount: 1, bytes: 0 });
    const inode = statSync(from).ino;
    let wasThere = false;
    await moveHome({ from, to }, work(), () => Promise.resolve(void (wasThere = existsSync(path.join(to, 'vms/web')))));
    expect(wasThere).toBe(true);
    expect(statSync(to).ino).toBe(inode);
    await requireMoved(to);
  });

  it('follows a name that is a link to the folder', async () => {
    const real = from;
    from = path.join(here.path, 'link');
    symlinkSync(real, from);
    const to = path.join(here.path, 'elsewhere');
    await moveHome({ from, to }, work(), noNews);
    await requireMoved(to);
    expect(existsSync(real)).toBe(false);
  });

  it.runIf(isOtherVolume)('is a copy to another volume, that is compared, and the original goes', async () => {
    const to = path.join(other.path, 'home');
    const plan = await planHomeMove({ from, to });
    expect(plan).toMatchObject({ how: 'copy', machineCount: 1 });
    expect(plan.bytes).toBeLessThan(1024 ** 2);
    const steps: string[] = [];
    await moveHome(
      { from, to },
      work(undefined, ({ step }) => step !== undefined && steps.push(step)),
      noNews,
    );
    expect(steps).toContain('Copying vms/web/disk.img');
    await requireMoved(to);
  });

  it.runIf(isOtherVolume)(
    'goes on where it was called off, copies nothing twice, and sees what changed since',
    async () => {
      const to = path.join(other.path, 'home');
      const controller = new AbortController();
      const stopping = work(controller.signal, ({ step }) => step === 'Copying vms/web/disk.img' && controller.abort());
      await expect(moveHome({ from, to }, stopping, noNews)).rejects.toThrow();
      expect(existsSync(to)).toBe(false);
      expect(existsSync(path.join(from, 'vms/web/disk.img'))).toBe(true);
      const copied = path.join(other.path, 'home.tatin-moving/cache/OCIs/ghcr.io/ci/linux/sha256:1/disk.img');
      const { ino } = statSync(copied);
      writeFileSync(path.join(from, 'cache/new'), 'new');
      await moveHome({ from, to }, work(), noNews);
      expect(statSync(path.join(to, 'cache/OCIs/ghcr.io/ci/linux/sha256:1/disk.img')).ino).toBe(ino);
      expect(readFileSync(path.join(to, 'cache/new'), 'utf8')).toBe('new');
      await requireMoved(to);
    },
  );

  it('is given up without a trace, and without harm', async () => {
    const to = path.join(other.path, 'home');
    const controller = new AbortController();
    const stopping = work(controller.signal, () => controller.abort());
    if (isOtherVolume) await expect(moveHome({ from, to }, stopping, noNews)).rejects.toThrow();
    await discardHomeMove({ from, to });
    expect(readdirSync(other.path)).toEqual([]);
    expect(existsSync(path.join(from, 'vms/web/disk.img'))).toBe(true);
  });

  it('waits for nobody: a machine that runs is named, and nothing is touched', async () => {
    const to = path.join(here.path, 'elsewhere');
    await using holder = OtherProgram.python(holdFcntl, path.join(from, 'vms/web/config.json'));
    await holder.line();
    await expect(planHomeMove({ from, to })).rejects.toThrow(/"web" is running/);
    await expect(moveHome({ from, to }, work(), noNews)).rejects.toMatchObject({ code: 'vm-running' });
    expect(existsSync(to)).toBe(false);
    expect(existsSync(from)).toBe(true);
  });

  it.each<[string, () => { from: string; to: string }, string]>([
    ['a folder with something in it', () => ({ from, to: other.path }), 'file-exists'],
    ['itself', () => ({ from, to: from }), 'invalid-input'],
    ['a folder inside it', () => ({ from, to: path.join(from, 'vms/deeper') }), 'invalid-input'],
    ['a drive that is not there', () => ({ from, to: path.join(here.path, 'gone/tart') }), 'home-unavailable'],
    ['nowhere, since there is none', () => ({ from: `${from}s`, to: path.join(here.path, 'b') }), 'home-unavailable'],
    ['a file', () => ({ from, to: path.join(other.path, 'keep/file') }), 'file-exists'],
  ])('is refused to %s', async (_, homes, code) => {
    mkdirSync(path.join(other.path, 'keep'));
    writeFileSync(path.join(other.path, 'keep/file'), '');
    await expect(moveHome(homes(), work(), noNews)).rejects.toMatchObject({ code });
    expect(existsSync(path.join(from, 'vms/web/disk.img'))).toBe(true);
  });

  it('is finished when it was cut off with the home in its new place', async () => {
    const to = path.join(here.path, 'elsewhere');
    const cut = (): Promise<void> => Promise.reject(new Error('The power failed.'));
    await expect(moveHome({ from, to }, work(), cut)).rejects.toThrow('The power failed.');
    // What a Tatin makes when it finds no home is not what was moved.
    mkdirSync(path.join(from, 'cache'), { recursive: true });
    expect(await planHomeMove({ from, to })).toMatchObject({ how: 'finish' });
    await moveHome({ from, to }, work(), noNews);
    expect(readdirSync(from)).toEqual(['cache']);
    renameSync(from, `${from}-new`);
    await requireMoved(to);
  });
});

/** Every kill leaves a home that is whole, and the move can be gone on with. */
it.runIf(isOtherVolume)('A move that is killed at any moment leaves a whole home, and goes on', async () => {
  const to = path.join(other.path, 'home');
  const url = JSON.stringify(path.join(import.meta.dirname, 'move-home.ts'));
  const script = `
    const fs = await import('node:fs/promises');
    const { syncBuiltinESMExports } = await import('node:module');
    let left = Number(process.argv[3]);
    for (const name of ['rename', 'rm', 'symlink', 'mkdir', 'utimes', 'writeFile', 'rmdir']) {
      const real = fs.default[name];
      fs.default[name] = (...args) => (left-- === 0 ? process.kill(process.pid, 'SIGKILL') : real(...args));
    }
    syncBuiltinESMExports();
    const { moveHome } = await import(${url});
    const work = { signal: new AbortController().signal, progress: () => undefined };
    await moveHome({ from: process.argv[1], to: process.argv[2] }, work, async () => undefined);`;
  let kills = 0;
  for (let at = 0; ; at += 5) {
    const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script, from, to, String(at)];
    const { signal, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (signal === null) {
      expect(stderr).toBe('');
      break;
    }
    kills++;
    const wholes = [from, to].filter((home) => existsSync(path.join(home, 'vms/web/disk.img')));
    expect(wholes).not.toEqual([]);
    for (const home of wholes)
      expect(readFileSync(path.join(home, 'vms/web/disk.img'), 'utf8')).toContain('what is on it');
  }
  expect(kills).toBeGreaterThan(3);
  await requireMoved(to);
});

describe('Two files', () => {
  it('are the same if their data is, wherever their holes are', async () => {
    const [one, two] = ['one', 'two'].map((name) => path.join(here.path, name));
    if (one === undefined || two === undefined) throw new Error('unreachable');
    const data = Buffer.alloc(5 * 1024 ** 2);
    data.write('end', data.length - 3);
    writeFileSync(one, data);
    writeFileSync(two, '');
    truncateSync(two, data.length);
    const { signal } = new AbortController();
    await expect(requireSame(one, two, 'disk.img', signal)).rejects.toThrow('The copy of disk.img');
    await expect(requireSame(two, one, 'disk.img', signal)).rejects.toThrow('The copy of disk.img');
    writeFileSync(two, data);
    await requireSame(one, two, 'disk.img', signal);
    truncateSync(two, data.length - 1);
    await expect(requireSame(one, two, 'disk.img', signal)).rejects.toThrow('The copy of disk.img');
  });
});
