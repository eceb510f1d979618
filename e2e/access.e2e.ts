import { expect, test, type Page } from '@playwright/test';
import { expectAccessible, type Look } from './accessibility.ts';
import { setStage, type Stage } from './app.ts';
import { breakLibrary, item, manyMachines } from './library.ts';

/** Every screen of the library is free of serious faults for people who see, hear or point differently. */
test.describe.configure({ mode: 'serial' });

let stage: Stage;
let page: Page;

test.beforeAll(async ({ browser }) => {
  stage = await setStage(browser, async (world) => {
    await manyMachines(world, 4);
    await breakLibrary(world);
  });
  page = await stage.app.open();
  await expect(item(page, 'machine-0000')).toBeVisible();
});
test.afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

const looks: readonly Look[] = [
  { colorScheme: 'light', contrast: 'no-preference' },
  { colorScheme: 'dark', contrast: 'no-preference' },
  { colorScheme: 'light', contrast: 'more' },
  { colorScheme: 'dark', contrast: 'more' },
];
const nothingSerious = (): Promise<void> => expectAccessible(page, { looks });

test('the grid with the inspector', async () => {
  await item(page, 'machine-0001').click();
  await page.getByRole('button', { name: 'Add Port Forward' }).click();
  await nothingSerious();
});

test('an unreadable machine', async () => {
  await item(page, 'old-copy').click();
  await expect(page.getByRole('complementary', { name: 'Inspector' })).toContainText('config.json');
  await nothingSerious();
});

test('the list', async () => {
  await page.keyboard.press('Alt+2');
  await expect(page.getByRole('grid', { name: 'Virtual machines' })).toBeVisible();
  await nothingSerious();
  await page.keyboard.press('Alt+1');
});

test('every step of a new machine, with an error', async () => {
  await page.keyboard.press('Alt+N');
  await expect(page.getByRole('dialog')).toContainText('What do you want to run?');
  await page.getByRole('radio', { name: /Empty Linux disk/ }).click();
  await nothingSerious();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('textbox', { name: 'CPUs, exactly' }).fill('99');
  await expect(page.getByRole('button', { name: 'Continue' })).toBeDisabled();
  await nothingSerious();
  await page.getByRole('textbox', { name: 'CPUs, exactly' }).fill('1');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('rm -rf $HOME');
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Create' })).toBeDisabled();
  await nothingSerious();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
});

test('the file chooser', async () => {
  await page.keyboard.press('Alt+N');
  await page.getByRole('radio', { name: /Linux installer/ }).click();
  await page.getByRole('button', { name: 'Choose ISO…' }).click();
  await expect(page.getByRole('dialog').filter({ hasText: 'Choose an Installer Disc' })).toBeVisible();
  await nothingSerious();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
});

test('the palette, the keys and the jobs', async () => {
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder('What do you want to do?').fill('short');
  await nothingSerious();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toContainText('Keyboard Shortcuts');
  await nothingSerious();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Jobs/ }).click();
  await expect(page.getByRole('dialog')).toContainText('No jobs');
  await nothingSerious();
  await page.keyboard.press('Escape');
});

test('a question before something is lost', async () => {
  await item(page, 'machine-0001').click();
  await page.keyboard.press('Control+Backspace');
  await expect(page.getByRole('alertdialog')).toContainText('Trash');
  await nothingSerious();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('alertdialog')).toBeHidden();
  await expect(item(page, 'machine-0001')).toBeVisible();
});

test('F6 goes round the parts of the window', async () => {
  const parts: (string | null)[] = [];
  for (let index = 0; index < 5; index++) {
    await page.keyboard.press('F6');
    parts.push(await page.locator('[data-region]:focus-within').getAttribute('data-region'));
  }
  expect(new Set(parts)).toEqual(new Set(['sidebar', 'toolbar', 'content', 'inspector', 'status']));
});

test('nothing was complained about in the pages', () => {
  expect(stage.complaints).toEqual([]);
});
