import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Library } from '../library/library.ts';
import { TatinHome } from './testing/tatin.ts';
import { mebibyte, run } from '../transfer/import/testing/sample-images.ts';

const patience = { timeout: 60_000, interval: 5 };

/** A compressed image that takes a second or so to unpack. */
function makeSlow(folder: string): string {
  const raw = path.join(folder, 'slow.img');
  const words = Buffer.alloc(64 * 1024, 'some words that are easily packed ');
  const bytes = Buffer.alloc(160 * mebibyte);
  for (let at = 0; at < bytes.length; at += words.length) {
    words.copy(bytes, at);
    bytes.writeUInt32LE(at, at);
  }
  writeFileSync(raw, bytes);
  run('qemu-img', ['convert', '-c', '-O', 'qcow2', raw, path.join(folder, 'slow.qcow2')]);
  return path.join(folder, 'slow.qcow2');
}

/** Whether any process still has to do with this folder. */
function isAtWork(folder: string): boolean {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
      } catch (error) {
        // It ended meanwhile.
        return false;
      }
    });
}

describe('an import whose program is killed', () => {
  it('leaves no machine, nothing at work, and only what a sweep removes', { timeout: 120_000 }, async () => {
    using home = new TatinHome();
    const image = makeSlow(home.folder);
    const temporary = path.join(home.path, 'tmp');
    const library = await Library.open(home.path);
    let interrupted = 0;
    // A round in which the kill came too late would have shown nothing.
    for (let round = 0; interrupted === 0 && round < 10; round++) {
      const child = home.start(['import', image, 'slow', '--arch', 'amd64']);
      const halfMade = () => readdirSync(temporary).some((name) => existsSync(path.join(temporary, name, 'disk.img')));
      await expect.poll(halfMade, patience).toBe(true);
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      await expect.poll(() => isAtWork(temporary), patience).toBe(false);
      const names = (await library.list()).map(({ name }) => name);
      if (names.length === 0) interrupted++;
      else await library.delete('slow', 'permanent');
      await library.sweep();
      expect(readdirSync(temporary)).toEqual([]);
    }
    expect(interrupted).toBe(1);
    expect(await home.run(['import', image, 'slow', '--arch', 'amd64'])).toMatchObject({ exitCode: 0 });
    const disk = readFileSync(path.join(home.vms, 'slow', 'disk.img'));
    expect(disk.equals(readFileSync(path.join(home.folder, 'slow.img')))).toBe(true);
  });
});
