import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Work } from '../jobs/work.ts';
import { DemoGuest } from './demo-guest.ts';
import { TestMachine } from './test-machine.ts';

const projectRoot = path.join(import.meta.dirname, '../..');
const quiet: Work = { signal: new AbortController().signal, progress: () => undefined };

describe('DemoGuest', () => {
  let folder: string;
  let guest: DemoGuest;
  let image: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tatin-demo-'));
    guest = new DemoGuest({ cacheFolder: path.join(folder, 'cache'), projectRoot });
    // Two at once, as two windows might; both must get the one image.
    const [first, second] = await Promise.all([guest.build('amd64', quiet), guest.build('amd64', quiet)]);
    expect(second).toBe(first);
    image = first;
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** A disk filled from the image, in a folder of its own. */
  async function newDisk(name: string, bytes: number): Promise<{ path: string; folder: string }> {
    const disk = { path: path.join(folder, `${name}.img`), folder };
    await writeFile(disk.path, '');
    await truncate(disk.path, bytes);
    await guest.fill('amd64')(disk, quiet);
    return disk;
  }

  it('takes little of the disk, and says how much', async () => {
    const { blocks } = await stat(image);
    expect(await guest.status('amd64')).toEqual({ available: true, bytes: blocks * 512 });
    expect(blocks * 512).toBeLessThan(60_000_000);
  });

  it('is not built again while its recipe stays', async () => {
    const { ino } = await stat(image);
    expect(await guest.build('amd64', quiet)).toBe(image);
    expect((await stat(image)).ino).toBe(ino);
  });

  it('stops building when called off, and leaves nothing behind', async () => {
    const other = new DemoGuest({ cacheFolder: path.join(folder, 'other'), projectRoot });
    const stop = new AbortController();
    const work: Work = {
      signal: stop.signal,
      progress: ({ step }) => {
        if (step === 'Fetching packages') stop.abort();
      },
    };
    await expect(other.build('amd64', work)).rejects.toThrow();
    expect((await other.status('amd64')).bytes).toBe(50_000_000);
  });

  it('fills a disk without making it shorter, longer than it must be, or full', async () => {
    const large = await newDisk('large', 3_000_000_000);
    const small = await newDisk('small', 1_000_000);
    expect((await stat(large.path)).size).toBe(3_000_000_000);
    expect((await stat(small.path)).size).toBe((await stat(image)).size);
    expect((await stat(large.path)).blocks * 512).toBeLessThan(60_000_000);
  });

  it('boots, serves, grows its disk, keeps what was written when the plug is pulled, and turns off when asked', async () => {
    const disk = await newDisk('vm', 2_000_000_000);
    {
      await using machine = await TestMachine.start('amd64', disk.path, folder);
      await machine.until('demo: up');
      expect(machine.serial).toMatch(/^demo: address 10\.0\.2\.15\r?$/m);
      expect(machine.serial.match(/demo: up/g)).toHaveLength(1);
      expect(await machine.askAgent({ execute: 'guest-ping' })).toEqual({ return: {} });
      const page = await fetch(`http://127.0.0.1:${machine.httpPort}/`);
      expect(await page.text()).toContain('Hello from the guest');
      await machine.until('demo login:');
      await machine.type('admin', 'Password:');
      await machine.type('admin', 'admin@demo');
      await machine.type('echo kept > note; sync; echo said-$((40 + 2))', 'said-42');
      // Growing goes on beside the login.
      await machine.type(
        "until df -m / | awk 'NR == 2 && $2 > 1700 { exit 1 }' ; [ $? = 1 ]; do sleep 0.2; done; echo grown-$((1 + 1))",
        'grown-2',
      );
      await machine.kill();
    }
    await using machine = await TestMachine.start('amd64', disk.path, folder);
    await machine.until('demo login:');
    await machine.type('admin', 'Password:');
    await machine.type('admin', 'admin@demo');
    await machine.type('cat note', 'kept');
    expect(await machine.pressPower()).toBe(0);
  });
});
