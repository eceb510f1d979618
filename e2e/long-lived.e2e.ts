import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { expectAccessible } from './accessibility.ts';
import { setStage, tatin, type Stage } from './app.ts';
import { item } from './library.ts';

/** How a machine is looked after: set in the window, carried out by whatever Tatin runs, and shown. */
test.describe.configure({ mode: 'serial' });

let stage: Stage;
let library: Page;
const section = (name: string): Locator => library.getByRole('region', { name });

test.beforeAll(async ({ browser }) => {
  stage = await setStage(browser, async (world) => {
    await tatin(world, ['create', '--linux', '--disk-size', '1', 'web']);
  });
  library = await stage.app.open();
  await item(library, 'web').click();
});
test.afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

const nothingSerious = (): Promise<void> => expectAccessible(library);

test('a restart policy, a health check and a schedule are set in the inspector, and told in the terminal', async () => {
  await section('Keep Running').getByRole('combobox', { name: 'Restart' }).selectOption('on-failure');
  await library.getByRole('button', { name: 'Add Health Check' }).click();
  await library.getByRole('combobox', { name: 'It works if' }).selectOption('tcp');
  await library.getByRole('textbox', { name: 'Port in the guest' }).fill('22');
  await nothingSerious();
  await library.getByRole('button', { name: 'Save' }).click();
  await expect(section('Health').getByText(/^Port 22, every 30 s/)).toBeVisible();
  await library.getByRole('button', { name: 'Add to Schedule' }).click();
  // A time that does not come while the test runs.
  const time = new Date().getHours() < 12 ? '15:15' : '03:15';
  await section('Schedule').getByLabel('Time').fill(time);
  await nothingSerious();
  await section('Schedule').getByRole('button', { name: 'Add', exact: true }).click();
  await expect(section('Schedule').getByText(new RegExp(`^Next: start .* at ${time}`))).toBeVisible();
  const status = await tatin(stage.world, ['status', 'web']);
  expect(status).toMatch(/^Restart +on-failure$/m);
  expect(status).toMatch(/^Health check +tcp:22 every 30 s$/m);
  expect(status).toMatch(new RegExp(`^Schedule +start mon-fri ${time}$`, 'm'));
  expect(status).toMatch(/^Next +start in /m);
});

test('what happens to it is shown as soon as it is noted', async () => {
  const event = { at: new Date().toISOString(), kind: 'unhealthy', reason: 'Nobody answered.' };
  await appendFile(join(stage.world.home, 'vms/web/events.jsonl'), `${JSON.stringify(event)}\n`);
  await expect(section('Events').getByText('Nobody answered.')).toBeVisible();
  await section('Events').getByRole('button', { name: 'Show All…' }).click();
  await expect(library.getByRole('dialog').getByText('1 event, newest first')).toBeVisible();
  await nothingSerious();
  await library.keyboard.press('Escape');
});

test('what it takes is drawn while it runs, and told in the terminal', async () => {
  await library.getByRole('button', { name: 'Start', exact: true }).first().click();
  const charts = library.getByRole('slider', { name: 'Moment in the charts' });
  await expect(charts).toHaveAttribute('aria-valuetext', /CPU \d+ %/, { timeout: 60_000 });
  await charts.focus();
  await library.keyboard.press('Home');
  await expect(charts).toHaveAttribute('aria-valuetext', /^(?!Last).*Memory/);
  await nothingSerious();
  expect(await tatin(stage.world, ['usage', 'web'])).toMatch(/^CPU +\d+ % +\d+ % +\d+ %$/m);
  await tatin(stage.world, ['stop', '--force', 'web']);
});

test('the service at login says what it would write, and all of it fits a small window', async () => {
  await library.getByRole('button', { name: 'Run Tatin at Login…' }).click();
  const dialog = library.getByRole('dialog');
  await dialog.getByText('The file that will be written').click();
  await expect(dialog.getByLabel('Content of the file')).toContainText('serve');
  await nothingSerious();
  await library.setViewportSize({ width: 760, height: 560 });
  const overflow = await library.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
  expect(overflow).toBeLessThanOrEqual(0);
});
