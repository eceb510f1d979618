import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { DemoGuest } from './demo-guest.ts';
import { TestMachine } from './test-machine.ts';

const projectRoot = path.join(import.meta.dirname, '../..');
const quiet = { signal: new AbortController().signal, progress: () => undefined };

it('Demo Linux for arm64 boots from its disk on any host, and turns off when asked', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'tatin-demo-'));
  try {
    const guest = new DemoGuest({ cacheFolder: path.join(folder, 'cache'), projectRoot });
    const disk = { path: path.join(folder, 'vm.img'), folder };
    await writeFile(disk.path, '');
    await truncate(disk.path, 1_000_000_000);
    await guest.fill('arm64')(disk, quiet);
    await using machine = await TestMachine.start('arm64', disk.path, folder);
    await machine.until('demo: up');
    expect(machine.serial).toMatch(/^demo: address 10\.0\.2\.15\r?$/m);
    expect(await machine.askAgent({ execute: 'guest-ping' })).toEqual({ return: {} });
    const page = await fetch(`http://127.0.0.1:${machine.httpPort}/`);
    expect(await page.text()).toContain('Hello from the guest');
    expect(await machine.pressPower()).toBe(0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
