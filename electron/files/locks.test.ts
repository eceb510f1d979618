import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FolderLock, RunLock, diskInUse, readConfigText, runLockPid, withFolderLock } from './locks.ts';
import { OtherProgram, askFcntl, holdFcntl, holdFlock } from '../library/testing/other-program.ts';
import { temporaryFolder } from '../library/testing/temporary-home.ts';

function fileIn(folder: string, text = '{"a":1}'): string {
  const file = path.join(folder, 'config.json');
  writeFileSync(file, text);
  return file;
}

describe('RunLock', () => {
  it('is seen by another program with the pid of this process, until it is released', async () => {
    using folder = temporaryFolder();
    const file = fileIn(folder.path);
    await using other = OtherProgram.python(askFcntl, file);
    const ask = () => {
      other.say('?');
      return other.line();
    };
    expect(await ask()).toBe('0');
    const lock = RunLock.tryAcquire(file);
    expect(await ask()).toBe(String(process.pid));
    lock?.release();
    expect(await ask()).toBe('0');
  });

  it('keeps another program from taking the same lock', async () => {
    using folder = temporaryFolder();
    const file = fileIn(folder.path);
    using lock = RunLock.tryAcquire(file);
    expect(lock).toBeDefined();
    await using other = OtherProgram.python(holdFcntl, file);
    expect(await other.line()).toBe('refused');
  });

  it('is refused while another program holds it, whose pid is known', async () => {
    using folder = temporaryFolder();
    const file = fileIn(folder.path);
    await using other = OtherProgram.python(holdFcntl, file);
    expect(await other.line()).toBe('locked');
    expect(runLockPid(file)).toBe(other.pid);
    expect(readConfigText(file)).toEqual({ text: '{"a":1}', lockPid: other.pid });
    expect(RunLock.tryAcquire(file)).toBeUndefined();
    other.say('let go');
    expect(await other.line()).toBe('released');
    expect(runLockPid(file)).toBeUndefined();
    using lock = RunLock.tryAcquire(file);
    expect(lock).toBeDefined();
  });

  it('goes with the program that held it, however that ends', async () => {
    using folder = temporaryFolder();
    const file = fileIn(folder.path);
    await using other = OtherProgram.python(holdFcntl, file);
    expect(await other.line()).toBe('locked');
    other.kill();
    await other.ended();
    expect(runLockPid(file)).toBeUndefined();
  });

  it('survives that its file is read and asked about in the same process', async () => {
    using folder = temporaryFolder();
    const file = fileIn(folder.path);
    using lock = RunLock.tryAcquire(file);
    expect(readConfigText(file)).toEqual({ text: '{"a":1}', lockPid: process.pid });
    expect(runLockPid(file)).toBe(process.pid);
    expect(RunLock.tryAcquire(file)).toBeUndefined();
    await using other = OtherProgram.python(askFcntl, file);
    other.say('?');
    expect(await other.line()).toBe(String(process.pid));
    lock?.release();
  });

  it('is why those precautions are needed: any other closing drops the lock', async () => {
    using folder = temporaryFolder();
    const file = fileIn(folder.path);
    using lock = RunLock.tryAcquire(file);
    expect(lock).toBeDefined();
    closeSync(openSync(file, 'r'));
    await using other = OtherProgram.python(askFcntl, file);
    other.say('?');
    expect(await other.line()).toBe('0');
  });

  it.each([
    ['longer', '{"a":1,"b":22222222}'],
    ['shorter', '{}'],
  ])('writes a %s text in place and keeps the lock', async (_, text) => {
    using folder = temporaryFolder();
    const file = fileIn(folder.path);
    using lock = RunLock.tryAcquire(file);
    lock?.writeText(text);
    expect(lock?.readText()).toBe(text);
    await using other = OtherProgram.python(askFcntl, file);
    other.say('?');
    expect(await other.line()).toBe(String(process.pid));
    lock?.release();
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('does not show as running, to the process itself, while it only works on the VM', () => {
    using folder = temporaryFolder();
    const file = fileIn(folder.path);
    using _lock = RunLock.tryAcquire(file, 'work');
    expect(runLockPid(file)).toBeUndefined();
  });
});

describe('runLockPid', () => {
  it('takes a file that is not there for one that nobody holds', () => {
    using folder = temporaryFolder();
    expect(runLockPid(path.join(folder.path, 'none', 'config.json'))).toBeUndefined();
  });
});

describe('FolderLock', () => {
  it('is respected by another program, and respects it', async () => {
    using folder = temporaryFolder();
    const lock = FolderLock.tryAcquire(folder.path);
    await using refused = OtherProgram.python(holdFlock, folder.path);
    expect(await refused.line()).toBe('refused');
    lock?.release();
    await using other = OtherProgram.python(holdFlock, folder.path);
    expect(await other.line()).toBe('locked');
    expect(FolderLock.tryAcquire(folder.path)).toBeUndefined();
    other.say('let go');
    expect(await other.line()).toBe('released');
    using again = FolderLock.tryAcquire(folder.path);
    expect(again).toBeDefined();
  });

  it('moves with its folder', async () => {
    using folder = temporaryFolder();
    const [from, to] = [path.join(folder.path, 'a'), path.join(folder.path, 'b')];
    mkdirSync(from);
    using lock = FolderLock.tryAcquire(from);
    expect(lock).toBeDefined();
    renameSync(from, to);
    await using other = OtherProgram.python(holdFlock, to);
    expect(await other.line()).toBe('refused');
  });
});

describe('withFolderLock', () => {
  it('waits for another program, then works', async () => {
    using folder = temporaryFolder();
    await using other = OtherProgram.python(holdFlock, folder.path);
    expect(await other.line()).toBe('locked');
    const order: string[] = [];
    const work = withFolderLock(folder.path, () => order.push('worked'));
    order.push('let go');
    other.say('let go');
    await work;
    expect(order).toEqual(['let go', 'worked']);
  });

  it('lets one in at a time, in one process too, also when one fails', async () => {
    using folder = temporaryFolder();
    let inside = 0;
    const enter = async (number: number) => {
      expect(++inside).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
      if (number % 2 === 0) throw new Error('even');
    };
    const all = await Promise.allSettled([1, 2, 3, 4].map((n) => withFolderLock(folder.path, () => enter(n))));
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
  });

  it('stops waiting when it is called off', async () => {
    using folder = temporaryFolder();
    await using other = OtherProgram.python(holdFlock, folder.path);
    expect(await other.line()).toBe('locked');
    const controller = new AbortController();
    const work = withFolderLock(folder.path, () => 'never', controller.signal);
    controller.abort();
    await expect(work).rejects.toThrow(/abort/i);
  });
});

describe('diskInUse', () => {
  it('sees a flock and a record lock of another program, and leaves no lock of its own', async () => {
    using folder = temporaryFolder();
    const file = fileIn(folder.path);
    expect(diskInUse(file)).toBe(false);
    for (const script of [holdFlock, holdFcntl]) {
      await using other = OtherProgram.python(script, file);
      expect(await other.line()).toBe('locked');
      expect(diskInUse(file)).toBe(true);
    }
    expect(diskInUse(path.join(folder.path, 'none'))).toBe(false);
  });
});
