import { mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import type { World } from './app.ts';

/** The card or row of a machine. */
export function item(page: Page, name: string): Locator {
  return page.locator('[role="option"], [role="row"]').filter({ has: page.getByText(name, { exact: true }) });
}

/** The card of a machine in that state. */
export function machineIn(library: Page, name: string, state: string): Locator {
  return library
    .getByRole('option')
    .filter({ has: library.getByText(name, { exact: true }) })
    .filter({ has: library.locator('.state-mark', { hasText: state }) });
}

/** The row of a machine in the table. */
export function rowIn(library: Page, name: string): Locator {
  return library.getByRole('row').filter({ has: library.getByText(name, { exact: true }) });
}

/** A Linux VM as Tart leaves one: config.json, disk and NVRAM, made without Tatin's help. The disk is all hole. */
export async function writeVm(world: World, name: string, number: number): Promise<void> {
  const folder = join(world.home, 'vms', name);
  await mkdir(folder, { recursive: true });
  const hex = number.toString(16).padStart(6, '0');
  const config = {
    version: 1,
    os: 'linux',
    arch: process.arch === 'arm64' ? 'arm64' : 'amd64',
    cpuCount: 2,
    cpuCountMin: 1,
    memorySize: 2 ** 30,
    memorySizeMin: 2 ** 29,
    macAddress: `02:00:00:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`,
    display: { width: 1024, height: 768 },
  };
  await writeFile(join(folder, 'disk.img'), '');
  await truncate(join(folder, 'disk.img'), 10 ** 9);
  await writeFile(join(folder, 'nvram.bin'), '');
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
}

/** Makes `count` such VMs: machine-0000 and so on. */
export async function manyMachines(world: World, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) await writeVm(world, nameOfNumber(number), number);
}

export function nameOfNumber(number: number): string {
  return `machine-${String(number).padStart(4, '0')}`;
}

/** Adds "old-copy", whose config.json was cut off, as a full disk leaves it. */
export async function breakLibrary(world: World): Promise<void> {
  const folder = join(world.home, 'vms', 'old-copy');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  await writeFile(join(folder, 'config.json'), '{\n  "version" : 1,\n  "os" : "linux",\n');
  await writeFile(join(folder, 'disk.img'), Buffer.alloc(1_000_000));
  await writeFile(join(folder, 'nvram.bin'), '');
}
