import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { startRegistry, type TestRegistry } from '../electron/registry/client/testing/registry.ts';
import { setStage, tatin, type Stage } from './app.ts';
import { machineIn } from './library.ts';

/** Images of a real registry, in the window. Each step goes on where the one before ended. */
test.describe.configure({ mode: 'serial' });

let stage: Stage;
let library: Page;
let registry: TestRegistry;
let reference: string;

test.beforeAll(async ({ browser }) => {
  registry = await startRegistry();
  reference = `${registry.host}/ci/base`;
  stage = await setStage(browser, async (world) => {
    await tatin(world, ['create', 'original', '--demo']);
    await tatin(world, ['push', 'original', `${reference}:v1`, '--insecure']);
  });
  library = await stage.app.open();
});
test.afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

const dialog = () => library.getByRole('dialog');
const image = () => library.getByRole('row', { name: /base:v1/ });

async function nothingSerious(): Promise<void> {
  const { violations } = await new AxeBuilder({ page: library }).analyze();
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
}

test('the page of images leads to the first pull', async () => {
  await library.getByRole('button', { name: /^Images/ }).click();
  await expect(library.getByRole('heading', { name: 'No images yet' })).toBeVisible();
  await nothingSerious();
  await library.getByRole('button', { name: 'Pull Image…' }).click();
  await expect(dialog().getByRole('region', { name: 'Catalog' })).toBeVisible();
});

test('a reference says what it is before anything is fetched, and what is wrong with it', async () => {
  await dialog().getByRole('textbox', { name: 'Reference' }).fill(`${reference}:missing`);
  await expect(
    dialog()
      .getByText(/does not have the manifest of ci\/base:missing/)
      .first(),
  ).toBeVisible();
  await dialog().getByRole('textbox', { name: 'Reference' }).fill(`${reference}:v1`);
  await expect(dialog().getByText('Linux, amd64, a disk of 4 GB')).toBeVisible();
  await nothingSerious();
});

test('a pull becomes an image and a machine, with its layers on show', async () => {
  await expect(dialog().getByRole('textbox', { name: 'Name', exact: true })).toHaveValue('base');
  await dialog().getByRole('checkbox', { name: 'Start it when it is made' }).uncheck();
  await dialog().getByRole('button', { name: 'Pull', exact: true }).click();
  const job = dialog()
    .getByRole('listitem')
    .filter({ hasText: `base from ${reference}:v1` });
  await expect(job.getByText('Done')).toBeVisible();
  await dialog().getByRole('button', { name: 'Done' }).click();
  await expect(image()).toBeVisible();
  await expect(image().getByRole('button', { name: 'base', exact: true })).toBeVisible();
  const disk = await stat(join(stage.world.home, 'vms/base/disk.img'));
  expect(disk.size).toBe(4e9);
  expect(disk.blocks * 512).toBeLessThan(100e6);
  await tatin(stage.world, ['doctor', 'cache']);
  await nothingSerious();
});

test('another machine is made of what is here', async () => {
  await image().getByRole('button', { name: 'Make Machine…' }).click();
  await dialog().getByRole('textbox', { name: 'Name' }).fill('second');
  await dialog().getByRole('checkbox').uncheck();
  await dialog().getByRole('button', { name: 'Make', exact: true }).click();
  await expect(machineIn(library, 'second', 'Stopped')).toBeVisible();
});

test('a machine is pushed under two names', async () => {
  await machineIn(library, 'second', 'Stopped').click({ button: 'right' });
  await library.getByRole('menuitem', { name: 'Push…' }).click();
  await dialog().getByRole('textbox', { name: 'References' }).fill(`${reference}:v2 ${reference}:stable`);
  await dialog().getByText('Advanced').click();
  await dialog()
    .getByRole('checkbox', { name: /Without encryption/ })
    .check();
  await dialog().getByRole('button', { name: 'Push', exact: true }).click();
  await expect(dialog().getByRole('listitem').filter({ hasText: 'Pushing second' }).getByText('Done')).toBeVisible();
  await dialog().getByRole('button', { name: 'Done' }).click();
  const response = await fetch(`${registry.url}/v2/ci/base/tags/list`);
  expect(JSON.stringify(await response.json())).toMatch(/(?=.*"v1")(?=.*"v2")(?=.*"stable")/);
});

test('pruning shows what goes, keeps what is pinned, and deletes the rest', async () => {
  await library.getByRole('button', { name: /^Images/ }).click();
  await image().getByRole('button', { name: /^More/ }).click();
  await library.getByRole('menuitem', { name: 'Pin' }).click();
  await library.getByRole('button', { name: 'Prune…' }).click();
  await dialog().getByRole('combobox', { name: 'Take' }).selectOption({ label: 'Whenever they were used' });
  await expect(dialog().getByText(/stays: .*pinned/i)).toBeVisible();
  await expect(dialog().getByRole('button', { name: 'Prune', exact: true })).toBeDisabled();
  await nothingSerious();
  await dialog().getByRole('button', { name: 'Cancel' }).click();
  await image().getByRole('button', { name: /^More/ }).click();
  await library.getByRole('menuitem', { name: 'Delete…' }).click();
  await library.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await expect(library.getByRole('heading', { name: 'No images yet' })).toBeVisible();
  // The machines that were made of it stay.
  await library.getByRole('button', { name: /^All/ }).click();
  await expect(machineIn(library, 'base', 'Stopped')).toBeVisible();
});
