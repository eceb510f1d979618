import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Home } from '../../library/home.ts';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { diskState, isSealed, sealDisk, wasSealedByOlder } from './seal.ts';

function image(home: Home, name: string): { folder: string; disk: string } {
  const folder = path.join(home.cache, 'OCIs/a.example/vm', name);
  mkdirSync(folder, { recursive: true });
  const disk = path.join(folder, 'disk.img');
  writeFileSync(disk, 'the bytes of a disk');
  return { folder, disk };
}

function seal(home: Home, folder: string): void {
  const state = diskState(folder);
  if (state === undefined) throw new Error('There is no disk to seal.');
  sealDisk(home, folder, state);
}

describe('the seal of a verified disk', () => {
  it('holds until somebody writes to the disk, whatever times they set', () => {
    using temporary = temporaryFolder();
    const home = new Home(temporary.path);
    const { folder, disk } = image(home, 'sha256:1');
    expect(isSealed(home, folder)).toBe(false);
    seal(home, folder);
    expect(isSealed(home, folder)).toBe(true);
    readFileSync(disk);
    expect(isSealed(home, folder)).toBe(true);
    const { atime, mtime } = statSync(disk);
    writeFileSync(disk, 'the bytes of a disc', { flag: 'r+' });
    utimesSync(disk, atime, mtime);
    expect(isSealed(home, folder)).toBe(false);
  });

  it('is none of another file with the same bytes', () => {
    using temporary = temporaryFolder();
    const home = new Home(temporary.path);
    const { folder, disk } = image(home, 'sha256:1');
    seal(home, folder);
    writeFileSync(`${disk}.new`, readFileSync(disk));
    renameSync(`${disk}.new`, disk);
    expect(isSealed(home, folder)).toBe(false);
    rmSync(disk);
    expect(isSealed(home, folder)).toBe(false);
  });

  it('is none in the format of a Tatin that believed manifests', () => {
    using temporary = temporaryFolder();
    const home = new Home(temporary.path);
    const { folder } = image(home, 'sha256:1');
    seal(home, folder);
    const [note = ''] = readdirSync(path.join(home.cache, 'Tatin/verified'));
    const file = path.join(home.cache, 'Tatin/verified', note);
    const { version, ...older } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    expect(version).toBe(2);
    writeFileSync(file, JSON.stringify(older));
    expect(isSealed(home, folder)).toBe(false);
    expect(wasSealedByOlder(home, folder)).toBe(true);
  });

  it('goes with its image, and one that is damaged is none', () => {
    using temporary = temporaryFolder();
    const home = new Home(temporary.path);
    const [one, two] = [image(home, 'sha256:1'), image(home, 'sha256:2')];
    seal(home, one.folder);
    rmSync(one.folder, { recursive: true });
    seal(home, two.folder);
    const seals = path.join(home.cache, 'Tatin/verified');
    const [note, ...others] = readdirSync(seals);
    expect(others).toEqual([]);
    writeFileSync(path.join(seals, note ?? ''), '{"inode"');
    expect(isSealed(home, two.folder)).toBe(false);
  });
});
