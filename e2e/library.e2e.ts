import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { setStage, tatin, type Stage } from './app.ts';
import { breakLibrary, machineIn, manyMachines, nameOfNumber, rowIn, writeVm } from './library.ts';

/** A large library that other programs work on too. */
const count = 1_000;

let stage: Stage;
let library: Page;

test.describe.configure({ mode: 'serial' });
test.beforeAll(async ({ browser }) => {
  stage = await setStage(browser, async (world) => {
    await manyMachines(world, count);
  });
  library = await stage.app.open();
});
test.afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});
test.beforeEach(async () => {
  await library.getByRole('button', { name: /^All/ }).click();
  await library.getByRole('searchbox', { name: 'Search' }).fill('');
  await library.getByRole('radio', { name: 'As Icons' }).click();
});

const folderOf = (name: string): string => join(stage.world.home, 'vms', name);

test('a thousand machines are listed, and only those in sight are drawn', async () => {
  await expect(library.getByText(/1,000 virtual machines/).first()).toBeVisible();
  await expect(machineIn(library, nameOfNumber(0), 'Stopped')).toBeVisible();
  expect(await library.getByRole('option').count()).toBeLessThan(100);
});

test('they scroll to the last', async () => {
  await machineIn(library, nameOfNumber(0), 'Stopped').click();
  await library.keyboard.press('End');
  await expect(machineIn(library, nameOfNumber(count - 1), 'Stopped')).toBeInViewport();
  await library.keyboard.press('Home');
  await expect(machineIn(library, nameOfNumber(0), 'Stopped')).toBeInViewport();
});

test('a search finds one by its name, and says when there is none', async () => {
  const search = library.getByRole('searchbox', { name: 'Search' });
  await search.fill('machine-0777');
  await expect(library.getByRole('option')).toHaveCount(1);
  await search.fill('machine-9999');
  await expect(library.getByText('No machine matches “machine-9999”.')).toBeVisible();
  await library.getByRole('button', { name: 'Clear Search' }).click();
  await expect(machineIn(library, nameOfNumber(0), 'Stopped')).toBeVisible();
});

test('several are chosen together, and offered what can be done with all', async () => {
  await machineIn(library, nameOfNumber(0), 'Stopped').click();
  await machineIn(library, nameOfNumber(2), 'Stopped').click({ modifiers: ['Shift'] });
  const bar = library.getByRole('toolbar', { name: 'Chosen machines' });
  await expect(bar.getByText('3 selected')).toBeVisible();
  await expect(bar.getByRole('button', { name: 'Start 3' })).toBeVisible();
  await expect(bar.getByRole('button', { name: 'Pause' })).toBeHidden();
  await bar.getByRole('button', { name: 'Clear Selection' }).click();
  await expect(bar).toBeHidden();
});

test('the context menu has the verbs of the state, and no others', async () => {
  await machineIn(library, nameOfNumber(1), 'Stopped').click({ button: 'right' });
  const menu = library.getByRole('menu');
  await expect(menu.getByRole('menuitem', { name: 'Start' })).toBeVisible();
  await expect(menu.getByRole('menuitem', { name: 'Duplicate' })).toBeVisible();
  await expect(menu.getByRole('menuitem', { name: 'Suspend' })).toBeHidden();
  await library.keyboard.press('Escape');
  await expect(menu).toBeHidden();
});

test('the palette runs a command by its name', async () => {
  await library.keyboard.press('ControlOrMeta+k');
  await library.getByPlaceholder('What do you want to do?').fill('as list');
  await library.keyboard.press('Enter');
  await expect(library.getByRole('grid', { name: 'Virtual machines' })).toBeVisible();
});

test('a machine is renamed with the keyboard alone', async () => {
  await library.keyboard.press('ControlOrMeta+f');
  await library.keyboard.type('machine-0500');
  await expect(library.getByRole('option')).toHaveCount(1);
  // Round the parts of the window until the machines have the focus.
  await expect
    .poll(async () => {
      await library.keyboard.press('F6');
      return await library.locator('[role="listbox"]:focus').count();
    })
    .toBe(1);
  await library.keyboard.press('ArrowRight');
  await library.keyboard.press('Enter');
  await library.getByLabel('New name of machine-0500').waitFor();
  await library.keyboard.type('half-way');
  await library.keyboard.press('Enter');
  await library.getByRole('searchbox', { name: 'Search' }).fill('half-way');
  await expect(machineIn(library, 'half-way', 'Stopped')).toBeVisible();
  await rename(folderOf('half-way'), folderOf('machine-0500'));
});

test('a folder that can not be read is one greyed row with its reason', async () => {
  await breakLibrary(stage.world);
  await library.getByRole('searchbox', { name: 'Search' }).fill('old-copy');
  const broken = machineIn(library, 'old-copy', 'Unreadable');
  await expect(broken).toContainText('config.json');
  await rm(folderOf('old-copy'), { recursive: true });
  await expect(broken).toBeHidden();
});

test('what another program makes, changes and deletes shows by itself', async () => {
  await library.getByRole('searchbox', { name: 'Search' }).fill('from-outside');
  await writeVm(stage.world, 'from-outside', count + 1);
  await expect(machineIn(library, 'from-outside', 'Stopped')).toBeVisible();

  await library.getByRole('radio', { name: 'As List' }).click();
  // Beside the inspector there is no room for every column.
  await library.getByRole('button', { name: 'Inspector' }).click();
  await tatin(stage.world, ['set', 'from-outside', '--cpu', '3']);
  await expect(rowIn(library, 'from-outside').getByRole('gridcell', { name: '3', exact: true })).toBeVisible();

  await tatin(stage.world, ['delete', 'from-outside']);
  await expect(rowIn(library, 'from-outside')).toBeHidden();
  await library.getByRole('button', { name: 'Inspector' }).click();
});

test('a machine that another program has locked runs elsewhere, and can not be deleted', async () => {
  const name = nameOfNumber(3);
  await library.getByRole('searchbox', { name: 'Search' }).fill(name);
  const holder = await lockWithPython(join(folderOf(name), 'config.json'));
  try {
    const machine = machineIn(library, name, 'Running elsewhere');
    await expect(machine).toBeVisible();
    await machine.click({ button: 'right' });
    await expect(library.getByRole('menuitem', { name: 'Shut Down' })).toBeVisible();
    await expect(library.getByRole('menuitem', { name: 'Move to Trash…' })).toBeHidden();
    await library.keyboard.press('Escape');
  } finally {
    const exited = once(holder, 'exit');
    holder.kill();
    await exited;
  }
  await expect(machineIn(library, name, 'Stopped')).toBeVisible();
});

test('a home that goes away and comes back is said, and nothing is lost', async () => {
  const away = `${stage.world.home}-away`;
  await rename(stage.world.home, away);
  await writeFile(stage.world.home, 'not a folder');
  await expect(library.locator('.banner')).toBeVisible();
  await rm(stage.world.home);
  await rename(away, stage.world.home);
  await expect(library.locator('.banner')).toBeHidden();
  await expect(library.getByText(/1,000 virtual machines/).first()).toBeVisible();
});

test('no page complained meanwhile', () => {
  expect(stage.complaints).toEqual([]);
});

/** A program that is not ours, holding the lock that a running Tart holds. */
async function lockWithPython(file: string): Promise<ReturnType<typeof spawn>> {
  const program = [
    'import fcntl, sys, time',
    'held = open(sys.argv[1], "r+")',
    'fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB)',
    'print("locked", flush=True)',
    'time.sleep(600)',
  ].join('\n');
  const holder = spawn('python3', ['-c', program, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  return holder;
}
