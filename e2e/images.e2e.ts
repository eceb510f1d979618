import { randomBytes } from 'node:crypto';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { startSecretService } from '../electron/credentials/testing/secret-service.ts';
import { ofBlobs, startFaultProxy } from '../electron/registry/client/testing/fault-proxy.ts';
import { startRegistry, testLogin, type TestRegistry } from '../electron/registry/client/testing/registry.ts';
import { expectAccessible } from './accessibility.ts';
import { setStage, tatin, type Stage, type World } from './app.ts';
import { machineIn, writeVm } from './library.ts';

/** Images of a real registry, in the window. Each step goes on where the one before ended. */
test.describe.configure({ mode: 'serial' });

let stage: Stage;
let library: Page;
let registry: TestRegistry;
/** The same images, for who logs in. */
let guarded: TestRegistry;
let reference: string;
const opened = new AsyncDisposableStack();

/** Larger than what is in flight at once, so that a stalled pull has something to show. */
const heavyBytes = 24_000_000;

test.beforeAll(async ({ browser }) => {
  registry = opened.use(await startRegistry());
  guarded = opened.use(await startRegistry({ htpasswd: true, dataFolder: registry.dataFolder }));
  reference = `${registry.host}/ci/base`;
  stage = opened.use(
    await setStage(browser, async (world) => {
      await withKeyring(world);
      await tatin(world, ['create', 'original', '--demo']);
      await tatin(world, ['push', 'original', `${reference}:v1`, '--insecure']);
      await writeVm(world, 'heavy', 1);
      await writeFile(join(world.home, 'vms/heavy/disk.img'), randomBytes(heavyBytes));
      await tatin(world, ['push', 'heavy', `${registry.host}/ci/heavy:v1`, '--insecure']);
      // What is here need not be fetched.
      await tatin(world, ['delete', 'heavy']);
    }),
  );
  library = await stage.app.open();
});
test.afterAll(() => opened.disposeAsync());

/** Passwords of a test belong in a keyring of its own, and the own ones of the person who runs it are not for the test. */
async function withKeyring(world: World): Promise<void> {
  world.env.DOCKER_CONFIG = join(world.folder, 'docker');
  if (process.platform !== 'linux') return;
  const { env } = opened.use(await startSecretService());
  world.env.DBUS_SESSION_BUS_ADDRESS = env.DBUS_SESSION_BUS_ADDRESS;
}

const dialog = () => library.getByRole('dialog');
const image = () => library.getByRole('row', { name: /base:v1/ });

const light = [{ colorScheme: 'light' }] as const;
/** @param inside what is looked at, where the rest can't be reached now */
const nothingSerious = (inside?: string): Promise<void> =>
  expectAccessible(library, { looks: light, ...(inside === undefined ? {} : { inside }) });

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
  await dialog().getByRole('combobox', { name: 'Delete' }).selectOption({ label: 'Whenever they were used' });
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

test('a pull is held in the list of jobs, and goes on with what it has', async () => {
  await using proxy = await startFaultProxy(registry.url);
  proxy.plan([{ when: ofBlobs, fault: { kind: 'stall', afterBytes: heavyBytes / 2 } }]);
  await library.getByRole('button', { name: /^Images/ }).click();
  await library.getByRole('button', { name: 'Pull Image…' }).click();
  await dialog().getByRole('textbox', { name: 'Reference' }).fill(`${proxy.host}/ci/heavy:v1`);
  await dialog()
    .getByText(/free, at least .* after the pull/)
    .waitFor();
  await dialog().getByRole('checkbox', { name: 'Make a virtual machine when done' }).uncheck();
  await dialog().getByRole('button', { name: 'Pull', exact: true }).click();
  const job = dialog()
    .getByRole('listitem')
    .filter({ hasText: `Pulling ${proxy.host}` });
  // Some of it has come.
  await expect(job.getByText(/[1-9][\d.]* MB of 24(\.\d)? MB/)).toBeVisible();
  await job.getByRole('button', { name: /^Pause/ }).click();
  await expect(job.getByText(/^Paused at [1-9].*What was fetched is kept/)).toBeVisible();
  await nothingSerious();
  proxy.plan([]);
  const before = proxy.requests.length;
  await job.getByRole('button', { name: 'Resume' }).click();
  await expect(job.getByText('Done')).toBeVisible();
  const again = proxy.requests.slice(before).filter(ofBlobs);
  // Only what was missing was fetched.
  expect(again.some(({ headers }) => headers.range !== undefined)).toBe(true);
  await dialog().getByRole('button', { name: 'Done' }).click();
  await expect(library.getByRole('row', { name: /heavy:v1/ })).toBeVisible();
});

test('a registry that asks for a login is logged in to in the sheet, and forgotten among the registries', async () => {
  test.skip(process.platform !== 'linux', 'Only on Linux can a test have a keyring of its own.');
  await library.getByRole('button', { name: 'Pull…' }).click();
  await dialog().getByRole('textbox', { name: 'Reference' }).fill(`${guarded.host}/ci/base:v1`);
  const form = dialog().getByRole('form', { name: 'Log In' });
  await form.getByRole('textbox', { name: 'User name' }).fill(testLogin.username);
  await form.getByLabel('Password').fill('wrong');
  await form.getByRole('button', { name: 'Log In' }).click();
  await expect(form.getByRole('alert')).toBeVisible();
  await nothingSerious();
  await form.getByLabel('Password').fill(testLogin.password);
  await form.getByRole('button', { name: 'Log In' }).click();
  await expect(dialog().getByText(/a disk of 4 GB/)).toBeVisible();
  await dialog().getByRole('checkbox', { name: 'Make a virtual machine when done' }).uncheck();
  await dialog().getByRole('button', { name: 'Pull', exact: true }).click();
  const job = dialog()
    .getByRole('listitem')
    .filter({ hasText: `Pulling ${guarded.host}` });
  await expect(job.getByText('Done')).toBeVisible();
  await dialog().getByRole('button', { name: 'Done' }).click();
  await expect(image()).toBeVisible();
  await library.getByRole('button', { name: 'Registries…' }).click();
  const row = dialog().getByRole('listitem').filter({ hasText: guarded.host });
  await expect(row).toContainText(testLogin.username);
  await row.getByRole('button', { name: 'Log Out' }).click();
  await expect(dialog().getByText('None yet')).toBeVisible();
  await dialog().getByRole('button', { name: 'Done' }).click();
});

test('an image has its menu by the mouse and by keys', async () => {
  const heavy = library.getByRole('row', { name: /heavy:v1/ });
  await heavy.click({ button: 'right' });
  await library.getByRole('menuitem', { name: 'Verify' }).click();
  const job = dialog().getByRole('listitem').filter({ hasText: 'Verifying' });
  await expect(job.getByText(/^Done/)).toBeVisible();
  await dialog().getByRole('button', { name: 'Done' }).click();
  await library.getByRole('grid', { name: 'Images' }).focus();
  await library.keyboard.type('heavy');
  await library.keyboard.press('Shift+F10');
  await expect(library.getByRole('menuitem', { name: 'Pin' })).toBeVisible();
  await nothingSerious('[role="menu"]');
  await library.keyboard.type('pin');
  await library.keyboard.press('Enter');
  await expect(heavy.getByText('pinned')).toBeVisible();
  await heavy.click({ button: 'right' });
  await library.getByRole('menuitem', { name: 'Copy Reference' }).click();
  await expect.poll(() => library.evaluate<string>('navigator.clipboard.readText()')).toMatch(/\/ci\/heavy:v1$/);
  await heavy.click({ button: 'right' });
  await library.getByRole('menuitem', { name: 'Pull Another Tag…' }).click();
  await expect(dialog().getByRole('combobox', { name: 'Tag' })).toBeFocused();
  await dialog().getByRole('button', { name: 'Cancel' }).click();
});

test('an image gets another name without an upload, and several are deleted at once', async () => {
  const heavy = library.getByRole('row', { name: /heavy:v1/ });
  // The proxy that it came through is gone, and its name is all that the registry needs.
  await tatin(stage.world, ['pull', `${registry.host}/ci/heavy:v1`, '--insecure']);
  await expect(heavy).toHaveCount(2);
  await heavy.filter({ hasText: registry.host }).click({ button: 'right' });
  await library.getByRole('menuitem', { name: 'Push Under Another Name…' }).click();
  await dialog().getByRole('textbox', { name: 'References' }).fill(`${registry.host}/ci/heavy:stable`);
  await dialog().getByRole('button', { name: 'Push', exact: true }).click();
  await expect(dialog().getByRole('listitem').filter({ hasText: 'heavy:stable' }).getByText('Done')).toBeVisible();
  await dialog().getByRole('button', { name: 'Done' }).click();
  const manifests = ['v1', 'stable'].map(async (tag) => {
    const headers = { accept: 'application/vnd.oci.image.manifest.v1+json' };
    return await (await fetch(`${registry.url}/v2/ci/heavy/manifests/${tag}`, { headers })).text();
  });
  const [first, second] = await Promise.all(manifests);
  expect(first).toBe(second);

  await library.getByRole('grid', { name: 'Images' }).focus();
  await library.keyboard.press('Control+a');
  const bar = library.getByRole('toolbar', { name: 'Chosen images' });
  await expect(bar).toContainText(/[23] selected/);
  await nothingSerious();
  await library.keyboard.press('Delete');
  await library.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await expect(library.getByRole('heading', { name: 'No images yet' })).toBeVisible();
  expect(stage.complaints).toEqual([]);
});
