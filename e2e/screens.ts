import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { tatin, type World } from './app.ts';

/** What a machine of the sample library has beside its name. */
const samples = [
  {
    name: 'build-runner',
    tags: ['ci'],
    notes: 'Builds every push. The signing key expires on 14 March.',
    system: 'Debian 12',
  },
  { name: 'docs-preview', tags: ['ci', 'client-acme'], notes: '', system: 'Alpine 3.22' },
  { name: 'fedora-desktop', tags: ['client-acme'], notes: '', system: 'Fedora 42' },
  { name: 'postgres-test', tags: ['scratch'], notes: '', system: 'Alpine 3.22' },
];

/** Fills a world with machines in several states: two that run, one suspended, some that rest, and a broken one. */
export async function fillLibrary(world: World): Promise<void> {
  for (const { name, ...annotations } of samples) {
    await tatin(world, ['create', '--linux', '--disk-size', '20', name]);
    await writeFile(join(world.home, 'vms', name, 'tatin.json'), JSON.stringify(annotations));
  }
  await tatin(world, ['create', '--demo', 'demo-linux']);
  await tatin(world, ['clone', 'demo-linux', 'web-server']);
  await tatin(world, ['clone', 'demo-linux', 'nightly-tests']);
  await breakLibrary(world);
  for (const name of ['demo-linux', 'web-server']) await tatin(world, ['run', '--detach', name]);
  await tatin(world, ['serial', 'web-server', '--until', 'demo: up']);
  await tatin(world, ['serial', 'demo-linux', '--until', 'demo: up']);
}

/** A folder whose config.json was cut off, as a full disk leaves it. */
export async function breakLibrary(world: World): Promise<void> {
  const folder = join(world.home, 'vms', 'old-copy');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  await writeFile(join(folder, 'config.json'), '{\n  "version" : 1,\n  "os" : "linux",\n');
  await writeFile(join(folder, 'disk.img'), Buffer.alloc(1_000_000));
  await writeFile(join(folder, 'nvram.bin'), '');
}

/** Makes `count` small machines at once, by files alone. */
export async function manyMachines(world: World, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const folder = join(world.home, 'vms', `machine-${String(index).padStart(4, '0')}`);
    await mkdir(folder, { recursive: true });
    const hex = index.toString(16).padStart(4, '0');
    const config = {
      version: 1,
      os: 'linux',
      arch: 'amd64',
      cpuCountMin: 1,
      cpuCount: 2,
      memorySizeMin: 2 ** 30,
      memorySize: 2 ** 30,
      macAddress: `02:00:00:00:${hex.slice(0, 2)}:${hex.slice(2)}`,
      diskFormat: 'raw',
    };
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    await writeFile(join(folder, 'disk.img'), '');
    await writeFile(join(folder, 'nvram.bin'), '');
  }
}

/** The card or row of a machine. */
export function item(page: Page, name: string): ReturnType<Page['locator']> {
  return page.locator('[role="option"], [role="row"]').filter({ has: page.getByText(name, { exact: true }) });
}
