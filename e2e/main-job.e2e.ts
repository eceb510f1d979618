import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { setStage, type Stage } from './app.ts';
import { dropFiles } from './drop.ts';
import { machineIn } from './library.ts';
import { seeBanner, serialOf, typeLine, typePassword, type Typist } from './guest.ts';

/** The main job from an empty library to an empty one, on a real guest. Each step goes on where the one before ended. */
test.describe.configure({ mode: 'serial' });

let stage: Stage;
let library: Page;
let console: Page;

test.beforeAll(async ({ browser }) => {
  stage = await setStage(browser);
  library = await stage.app.open();
});
test.afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});
test.afterEach(({ page: _page }, info) => {
  if (info.status !== info.expectedStatus)
    info.annotations.push({ type: 'app output', description: stage.app.output() });
});

const machine = (name: string, state: string): Locator => machineIn(library, name, state);

/** The console's page, opened from the library as a person does. */
async function openConsole(name: string): Promise<Page> {
  const opened = stage.app.nextWindow();
  await machine(name, 'Running').dblclick();
  return await opened;
}

const typist = (): Typist => ({ world: stage.world, machine: 'demo-linux', console });

const consoleState = (): Locator => console.locator('.console-toolbar .state-mark');

test('an empty library leads to the demo guest, made and started by one click', async () => {
  await expect(library.getByRole('heading', { name: 'Make your first virtual machine' })).toBeVisible();
  await library.getByRole('button', { name: 'Start Demo Linux' }).click();
  await expect(machine('demo-linux', 'Running')).toBeVisible({ timeout: 120_000 });
});

test('its login appears on the screen and on the serial port', async () => {
  console = await openConsole('demo-linux');
  await console.getByRole('button', { name: 'Serial Console' }).click();
  await expect(serialOf(console)).toContainText('demo login:', { timeout: 120_000 });
  await expect(serialOf(console)).toContainText('demo: up');
  await seeBanner(console.locator('canvas'), 300);
});

test('keys typed on its screen reach the guest', async () => {
  await console.locator('canvas').click();
  await expect(console.getByText('Captured, Ctrl+Alt releases')).toBeVisible();
  await typePassword(typist(), { question: 'login:', answer: 'admin', prompt: '$' });
  await typePassword(typist(), { question: '$', answer: 'su -', prompt: '#' });
  await typeLine(typist(), 'KEPT="memory of $((6 * 7))"; echo "Typed: $KEPT" > /dev/ttyS0');
  await expect(serialOf(console)).toContainText('Typed: memory of 42');
});

test('a file dropped on the console is in the guest', async () => {
  const file = join(stage.world.folder, 'greeting.txt');
  await writeFile(file, 'Words from outside\n');
  await dropFiles(console, [file]);
  const row = console.getByRole('list', { name: 'Files for the guest' }).getByRole('listitem');
  await expect(row.getByText('Sent to the guest.')).toBeVisible();
  await row.getByRole('button', { name: 'Dismiss greeting.txt' }).click();
  await console.locator('canvas').click();
  await typeLine(typist(), 'cat /home/*/greeting.txt > /dev/ttyS0');
  await expect(serialOf(console)).toContainText('Words from outside');
});

test('Control and Alt give the keyboard back', async () => {
  for (const key of ['Control', 'Alt']) await console.keyboard.down(key);
  for (const key of ['Alt', 'Control']) await console.keyboard.up(key);
  await expect(console.getByText('Released, click the screen to type')).toBeVisible();
});

test('the library shows the running guest as it looks now', async () => {
  const picture = machine('demo-linux', 'Running').getByRole('img');
  await seeBanner(picture, 30);
});

test('it pauses and goes on', async () => {
  await console.getByRole('button', { name: 'Pause' }).click();
  await expect(consoleState()).toHaveText('Paused');
  await console.getByRole('status').getByRole('button', { name: 'Resume' }).click();
  await expect(consoleState()).toHaveText('Running');
  await console.locator('canvas').click();
  await typeLine(typist(), 'echo "After the pause: $((2 + 3))" > /dev/ttyS0');
  await expect(serialOf(console)).toContainText('After the pause: 5');
});

test('it is suspended, and the app ended', async () => {
  await console.getByRole('button', { name: 'Suspend' }).click();
  await expect(consoleState()).toHaveText('Suspended');
  await expect(machine('demo-linux', 'Suspended')).toBeVisible();
  await console.close();
  await library.close();
  await stage.app.quit();
});

test('a new start of the app finds it, and it goes on with what it had in memory', async () => {
  library = await stage.app.open();
  await expect(machine('demo-linux', 'Suspended')).toBeVisible();
  await machine('demo-linux', 'Suspended').click();
  await library.getByRole('complementary', { name: 'Inspector' }).getByRole('button', { name: 'Resume' }).click();
  await expect(machine('demo-linux', 'Running')).toBeVisible();
  console = await openConsole('demo-linux');
  await console.locator('canvas').click();
  await expect(console.getByText('Captured, Ctrl+Alt releases')).toBeVisible();
  await typeLine(typist(), 'echo "Still there: $KEPT" > /dev/ttyS0');
  await expect(serialOf(console)).toContainText('Still there: memory of 42');
});

test('a killed app leaves the guest running, and the console comes back by itself', async () => {
  test.skip(stage.app.kind === 'desktop', 'its windows end with it');
  await library.close();
  await stage.app.quit('SIGKILL');
  await expect(console.getByText('The screen is not connected')).toBeVisible();
  library = await stage.app.open();
  await expect(machine('demo-linux', 'Running')).toBeVisible();
  await expect(console.getByText('The screen is not connected')).toBeHidden();
  await console.locator('canvas').click();
  await typeLine(typist(), 'echo "Never gone: $KEPT" > /dev/ttyS0');
  await expect(serialOf(console)).toContainText('Never gone: memory of 42');
});

test('it shuts down when asked', async () => {
  await console.getByRole('button', { name: 'Shut Down' }).click();
  await expect(console.getByText('This machine is stopped.')).toBeVisible({ timeout: 90_000 });
  await expect(machine('demo-linux', 'Stopped')).toBeVisible();
  await console.close();
});

test('it is duplicated, renamed and moved to the Trash', async () => {
  await machine('demo-linux', 'Stopped').click({ button: 'right' });
  await library.getByRole('menuitem', { name: 'Duplicate' }).click();
  await library.getByLabel('Name of the copy').fill('second');
  await library.getByRole('dialog').getByRole('button', { name: 'Duplicate' }).click();
  await expect(machine('second', 'Stopped')).toBeVisible({ timeout: 120_000 });

  await machine('second', 'Stopped').click();
  await library.keyboard.press('Enter');
  await library.getByLabel('New name of second').fill('renamed');
  await library.keyboard.press('Enter');
  await expect(machine('renamed', 'Stopped')).toBeVisible();
  await expect(machine('second', 'Stopped')).toBeHidden();

  await machine('renamed', 'Stopped').click({ button: 'right' });
  await library.getByRole('menuitem', { name: 'Move to Trash…' }).click();
  await library.getByRole('alertdialog').getByRole('button', { name: 'Move to Trash' }).click();
  await expect(machine('renamed', 'Stopped')).toBeHidden();
});

test('the next day everything is still there', async () => {
  await library.close();
  await stage.app.quit();
  library = await stage.app.open();
  await expect(machine('demo-linux', 'Stopped')).toBeVisible();
  await expect(library.getByRole('option')).toHaveCount(1);
  await library.getByRole('button', { name: 'Jobs' }).click();
  const jobs = library.getByRole('dialog').getByRole('listitem');
  await expect(jobs.filter({ hasText: 'demo-linux' }).first()).toBeVisible();
  await expect(jobs.filter({ hasText: 'second' })).toBeVisible();
});

test('no page complained meanwhile', () => {
  // A page whose app is killed can't help to say that its connection was refused, and that the next one knows no session.
  const refused = /WebSocket connection|Failed to load resource: (net::ERR_CONNECTION_REFUSED|.* status of 401)/;
  const unexpected = stage.complaints.filter((text) => !refused.test(text));
  expect(unexpected).toEqual([]);
});
