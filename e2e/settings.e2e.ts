import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { expectAccessible } from './accessibility.ts';
import { setStage, tatin, type Stage } from './app.ts';
import { item } from './library.ts';

/** What is set in the window counts in the terminal, and the other way round; homes with it. */
test.describe.configure({ mode: 'serial' });

let stage: Stage;
let library: Page;
let place: string;
const homes = (): Locator => library.getByRole('region', { name: 'Homes' });

test.beforeAll(async ({ browser }) => {
  stage = await setStage(browser, async (world) => {
    // Where the environment names the home, no setting can.
    delete world.env.TART_HOME;
    await mkdir(world.home, { recursive: true });
    await tatin(world, ['settings', 'set', 'home.path', world.home]);
    await tatin(world, ['create', '--linux', '--disk-size', '1', 'web']);
    await mkdir(join(world.folder, 'drive'));
  });
  place = join(stage.world.folder, 'drive', 'tart');
  library = await stage.app.open();
  await library.getByRole('button', { name: 'Settings' }).click();
});
test.afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

test('a setting counts at once, in the terminal too, and is still there after a reload', async () => {
  await expectAccessible(library);
  await library.getByRole('combobox', { name: 'Appearance' }).selectOption('dark');
  await expect(library.locator('html')).toHaveAttribute('data-theme', 'dark');
  const layers = library.getByRole('textbox', { name: 'Layers fetched at once' });
  await layers.fill('8');
  await layers.press('Enter');
  await expect(library.getByRole('button', { name: 'Reset Layers fetched at once' })).toBeVisible();
  expect(await tatin(stage.world, ['settings', 'get', 'transfers.connections'])).toBe('8\n');
  await tatin(stage.world, ['settings', 'set', 'newMachine.cpuCount', '3']);
  await library.reload();
  await expect(library.locator('html')).toHaveAttribute('data-theme', 'dark');
  await library.getByRole('button', { name: 'Settings' }).click();
  await expect(library.getByRole('textbox', { name: 'Layers fetched at once' })).toHaveValue('8');
  await expect(library.getByRole('textbox', { name: 'CPUs' })).toHaveValue('3');
});

test('a value that can not be is refused beside its field, by its key, and changes nothing', async () => {
  const field = library.getByRole('textbox', { name: 'Registries over plain http' });
  await field.fill('localhost:5000, a_b');
  await field.press('Enter');
  await expect(library.getByRole('alert')).toContainText('registries.insecure[1]:');
  expect(await tatin(stage.world, ['settings', 'get', 'registries.insecure'])).toBe('[]\n');
  await tatin(stage.world, ['settings', 'set', 'registries.insecure', 'a_b'], 1);
});

test('the home in use moves to another place, with what it takes said before', async () => {
  const { home } = stage.world;
  await homes()
    .getByRole('button', { name: `Move ${home}` })
    .click();
  const sheet = library.getByRole('dialog', { name: 'Move Home' });
  const field = sheet.getByLabel('New folder of the home');
  await field.fill(join(home, 'inside'));
  await expect(
    sheet
      .getByRole('status')
      .getByText(/inside one another/)
      .first(),
  ).toBeVisible();
  await field.fill(place);
  await expect(sheet.getByText(/takes a moment/)).toBeVisible();
  await expectAccessible(library);
  await sheet.getByRole('button', { name: 'Move', exact: true }).click();
  await expect(homes().getByText('from the next start on')).toBeVisible();
  await expect(homes().getByText(/^There is no folder/)).toBeVisible();
  expect(existsSync(home)).toBe(false);
  expect(await tatin(stage.world, ['list'])).toContain('web');
});

test('what starts next finds it there', async () => {
  await stage.app.quit();
  library = await stage.app.open();
  await expect(item(library, 'web')).toBeVisible();
  await library.getByRole('button', { name: 'Settings' }).click();
  await expect(homes().getByText(place)).toBeVisible();
  await expect(homes().getByText('in use')).toBeVisible();
  await library.setViewportSize({ width: 760, height: 560 });
  const overflow = await library.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
  expect(overflow).toBeLessThanOrEqual(0);
});
