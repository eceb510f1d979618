/**
 * Takes a picture of every screen, light and dark, on real data: `npm run screenshots` writes docs/screenshots. Boots two
 * demo guests, so it takes a minute or two.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { root, setStage, tatin } from '../e2e/app.ts';
import { dropFiles, holdFiles } from '../e2e/drop.ts';
import { item, manyMachines, nameOfNumber } from '../e2e/library.ts';
import { startRegistry } from '../electron/registry/client/testing/registry.ts';
import { fillLibrary } from '../e2e/screens.ts';

const folder = join(root, 'docs/screenshots');
mkdirSync(folder, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.TATIN_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
});

/**
 * @param {import('@playwright/test').Page} page
 * @param {string} name
 */
async function take(page, name) {
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), animations: 'disabled' });
  }
  console.log(name);
}

{
  await using empty = await setStage(browser);
  const page = await empty.app.open();
  await page.getByRole('button', { name: 'Start Demo Linux' }).and(page.locator(':enabled')).waitFor();
  await take(page, 'empty');
}

{
  await using stage = await setStage(browser, fillLibrary);
  const page = await stage.app.open();
  await item(page, 'demo-linux').click();
  await page.locator('.screen-picture[data-live] img').first().waitFor();
  // What the machine takes is known after the second sample.
  await page.locator('.inspector .sparkline .line').first().waitFor();
  await page.getByText('Guest agent').first().waitFor();
  await take(page, 'library');
  await page.keyboard.press('Alt+2');
  await page.keyboard.press('Control+i');
  await item(page, 'build-runner').click();
  await item(page, 'web-server').click({ modifiers: ['Control'] });
  await item(page, 'docs-preview').click({ modifiers: ['Control'] });
  await take(page, 'library-list');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Alt+1');
  await page.keyboard.press('Control+i');
  await page.keyboard.press('Alt+N');
  await page.getByRole('dialog').waitFor();
  await take(page, 'new-vm-source');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('textbox', { name: 'Memory, exactly' }).fill('22');
  await take(page, 'new-vm-resources');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('demo-linux');
  await page.getByRole('alert').waitFor();
  await take(page, 'new-vm-name');
  await page.keyboard.press('Escape');
  await item(page, 'demo-linux').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Pause' }).waitFor();
  await take(page, 'context-menu');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder('What do you want to do?').waitFor();
  await take(page, 'palette');
  await page.keyboard.press('Escape');

  const opened = stage.app.nextWindow();
  await item(page, 'web-server').dblclick();
  const guest = await opened;
  await guest.getByRole('button', { name: 'Serial Console' }).click();
  await guest.getByText('demo login:').first().waitFor();
  await guest.getByText('Guest agent').waitFor();
  await take(guest, 'console');
  await guest.close();

  await page.getByRole('button', { name: 'Start Demo Linux' }).waitFor({ state: 'detached' });
  await item(page, 'nightly-tests').click();
  await page.keyboard.press('Control+d');
  await page.getByRole('button', { name: 'Duplicate' }).last().click();
  await item(page, 'nightly-tests-copy').waitFor();
  await page.getByRole('button', { name: /^Jobs/ }).click();
  await page.getByRole('dialog').waitFor();
  await take(page, 'jobs');
}

{
  await using stage = await setStage(browser, (world) => manyMachines(world, 6));
  const files = ['web.qcow2', 'appliance.vmdk', 'half.vhdx'].map((name) => join(stage.world.folder, name));
  for (const [index, format] of ['qcow2', 'vmdk', 'vhdx'].entries())
    execFileSync('qemu-img', ['create', '-q', '-f', format, files[index] ?? '', '20G']);
  truncateSync(files[2] ?? '', 300_000);
  const page = await stage.app.open();
  await item(page, nameOfNumber(0)).click();
  const held = await holdFiles(page, files.slice(0, 1));
  await page.getByText('Drop to import').waitFor();
  await take(page, 'import-drop');
  await held.drop();
  await page.getByRole('textbox', { name: 'Name for web.qcow2' }).waitFor();
  await take(page, 'import');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await dropFiles(page, files);
  await page.getByRole('textbox', { name: 'Name for appliance.vmdk' }).waitFor();
  await page.locator('.problem-message').waitFor();
  await take(page, 'import-several');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await item(page, nameOfNumber(0)).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Export…' }).click();
  await page.getByText('are free there').waitFor();
  await take(page, 'export');
}

{
  await using registry = await startRegistry();
  const reference = `${registry.host}/team/demo-linux`;
  await using stage = await setStage(browser, async (world) => {
    await tatin(world, ['create', 'demo-linux', '--demo']);
    for (const tag of ['24.04', 'latest'])
      await tatin(world, ['push', 'demo-linux', `${reference}:${tag}`, '--insecure']);
    await tatin(world, ['clone', `${reference}:24.04`, 'web-server', '--insecure']);
  });
  const page = await stage.app.open();
  await page.getByRole('button', { name: /^Images/ }).click();
  await page.getByRole('row', { name: /demo-linux:24/ }).waitFor();
  await take(page, 'images');
  await page.getByRole('button', { name: 'Pull…' }).click();
  await page.getByRole('textbox', { name: 'Reference' }).fill(reference);
  await page.getByRole('region', { name: 'What it is' }).waitFor();
  await take(page, 'pull');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Prune…' }).click();
  await page.getByRole('combobox', { name: 'Take' }).selectOption('0');
  await page.getByRole('list', { name: 'What goes and what stays' }).waitFor();
  await take(page, 'prune');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Network' }).click();
  await page.getByRole('region', { name: /^Reaching/ }).waitFor();
  await take(page, 'network');
  await page.getByRole('button', { name: 'Doctor' }).click();
  await page
    .getByText(/passed$/)
    .first()
    .waitFor();
  await take(page, 'doctor');
  await page.getByRole('button', { name: 'Settings' }).click();
  await page
    .getByText(/duplicates/)
    .first()
    .waitFor();
  await take(page, 'settings');
}

await browser.close();
