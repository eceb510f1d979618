import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test, type Page } from '@playwright/test';
import { expectAccessible } from './accessibility.ts';
import { setStage, type Stage } from './app.ts';
import { dropFiles, holdFiles } from './drop.ts';
import { machineIn } from './library.ts';

/** Machines brought in by dropping files on the page, and taken out again. Each step goes on where the one before ended. */
test.describe.configure({ mode: 'serial' });

const run = promisify(execFile);

let stage: Stage;
let library: Page;
let files: string;

test.beforeAll(async ({ browser }) => {
  stage = await setStage(browser, async (world) => {
    files = join(world.folder, 'files');
    await mkdir(files);
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', join(files, 'web.qcow2'), '3G']);
    await run('qemu-img', ['convert', '-O', 'vmdk', join(files, 'web.qcow2'), join(files, 'old.vmdk')]);
    await run('qemu-img', ['convert', '-O', 'vdi', join(files, 'web.qcow2'), join(files, 'other.vdi')]);
    await run('qemu-img', ['convert', '-O', 'vhdx', join(files, 'web.qcow2'), join(files, 'cut.vhdx')]);
    await truncate(join(files, 'cut.vhdx'), 300_000);
    await mkdir(join(files, 'Disks/Nothing'), { recursive: true });
    await copyFile(join(files, 'old.vmdk'), join(files, 'Disks/first.vmdk'));
    await copyFile(join(files, 'other.vdi'), join(files, 'Disks/second.vdi'));
    await writeFile(join(files, 'Disks/Nothing/read.me'), 'Nothing to see.');
    await makeBundle(join(files, 'Work.utm'), join(files, 'web.qcow2'));
    await writeFile(join(files, 'letter.pdf'), '%PDF-1.7\n%âãÏÓ\n1 0 obj\n<< /Type /Catalog >>\nendobj\n');
  });
  library = await stage.app.open();
});
test.afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

const file = (name: string): string => join(files, name);
const dialog = () => library.getByRole('dialog');
/** What is being made or received: nothing, where nothing is under way. */
const underWay = async (): Promise<string[]> => await readdir(join(stage.world.home, 'tmp')).catch(() => []);

test('while a file is held over the window, it says what a drop will do', async () => {
  await expect(library.getByRole('heading', { name: 'Make your first virtual machine' })).toBeVisible();
  const held = await holdFiles(library, [file('web.qcow2'), file('old.vmdk')]);
  await expect(library.getByText('Drop to import 2 files')).toBeVisible();
  await held.takeAway();
  await expect(library.getByText('Drop to import 2 files')).toBeHidden();
});

test('a dropped disk image becomes a machine, by way of a sheet and a job', async () => {
  await dropFiles(library, [file('web.qcow2')]);
  await expect(dialog().getByRole('heading', { name: 'Import “web.qcow2”' })).toBeVisible();
  await expect(dialog().getByText(/^3\.2 GB, about/)).toBeVisible();
  const name = dialog().getByRole('textbox', { name: 'Name for web.qcow2' });
  await expect(name).toHaveValue('web');
  await expectAccessible(library, { looks: [{ colorScheme: 'light' }] });
  await name.fill('web-server');
  await dialog().getByRole('button', { name: 'Import' }).click();
  await expect(machineIn(library, 'web-server', 'Stopped')).toBeVisible();
  await library.getByRole('button', { name: /^Jobs/ }).click();
  await expect(dialog().getByRole('listitem').filter({ hasText: 'web-server' }).getByText('Done')).toBeVisible();
  await dialog().getByRole('button', { name: 'Done' }).click();
  await expect.poll(underWay).toEqual([]);
  const disk = await stat(join(stage.world.home, 'vms/web-server/disk.img'));
  expect(disk.size).toBe(3 * 2 ** 30);
  expect(disk.blocks * 512).toBeLessThan(2 ** 20);
});

test('several files become a job each', async () => {
  await dropFiles(library, [file('old.vmdk'), file('other.vdi')]);
  await dialog().getByRole('button', { name: 'Import 2' }).click();
  await expect(machineIn(library, 'old', 'Stopped')).toBeVisible();
  await expect(machineIn(library, 'other', 'Stopped')).toBeVisible();
});

test('a bundle that is dropped as a folder is sent whole, and says which settings stay behind', async () => {
  await dropFiles(library, [file('Work.utm')]);
  await expect(dialog().getByText('UTM virtual machine (QEMU)')).toBeVisible();
  const settings = dialog().getByLabel('Settings of Work.utm that do not carry over');
  await expect(settings.getByRole('term')).toHaveText(['TPM', 'Network mode (Bridged)', 'Sound card (intel-hda)']);
  await expect(settings).toContainText('It shares the network of this computer (NAT).');
  await expectAccessible(library, { looks: [{ colorScheme: 'light' }] });
  await dialog().getByRole('button', { name: 'Import' }).click();
  await expect(machineIn(library, 'Work', 'Stopped')).toBeVisible();
  await expect.poll(underWay).toEqual([]);
  const config = JSON.parse(await readFile(join(stage.world.home, 'vms/Work/config.json'), 'utf8')) as object;
  expect(config).toMatchObject({ arch: 'arm64', cpuCount: 3, memorySize: 2 ** 31 });
  expect(await readFile(join(stage.world.home, 'vms/Work/qemu-vars.fd'), 'utf8')).toBe('variables');
});

test('a folder of several that is sent becomes a job each, and nothing of it stays', async () => {
  await library.keyboard.press('ControlOrMeta+k');
  await library.getByPlaceholder('What do you want to do?').fill('import');
  await library.keyboard.press('Enter');
  await dialog().getByLabel('Folder to send').setInputFiles(file('Disks'));
  await dialog().getByRole('textbox', { name: 'Name for first.vmdk' }).fill('first-of-folder');
  await dialog().getByRole('textbox', { name: 'Name for second.vdi' }).fill('second-of-folder');
  await dialog().getByRole('button', { name: 'Import 2' }).click();
  await expect(machineIn(library, 'first-of-folder', 'Stopped')).toBeVisible();
  await expect(machineIn(library, 'second-of-folder', 'Stopped')).toBeVisible();
  await expect.poll(underWay).toEqual([]);
});

test('what is damaged or something else is named, and leaves nothing behind', async () => {
  await dropFiles(library, [file('cut.vhdx'), file('letter.pdf')]);
  const part = (name: string) => dialog().getByRole('region', { name });
  await expect(part('cut.vhdx').locator('.problem-message')).toBeVisible();
  await expect(part('letter.pdf')).toContainText('PDF');
  await expect(dialog().getByRole('button', { name: 'Import' })).toBeHidden();
  await dialog().getByRole('button', { name: 'Close' }).click();
  await expect.poll(underWay).toEqual([]);
});

test('a machine goes out as an archive, and replaces one only when told to', async () => {
  const exported = file('web-server.tvm');
  const begin = async (): Promise<void> => {
    await machineIn(library, 'web-server', 'Stopped').click({ button: 'right' });
    await library.getByRole('menuitem', { name: 'Export…' }).click();
    await dialog().getByRole('button', { name: 'Choose…' }).click();
    await chooseFolder(files);
  };
  await begin();
  await dialog().getByRole('button', { name: 'Export' }).click();
  await expect(dialog().getByRole('listitem').first().getByText('Done')).toBeVisible();
  await dialog().getByRole('button', { name: 'Done' }).click();
  expect((await stat(exported)).size).toBeGreaterThan(0);
  await library.getByRole('button', { name: /^Jobs/ }).click();
  const [download] = await Promise.all([
    library.waitForEvent('download'),
    dialog().getByRole('link', { name: 'Download web-server.tvm' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('web-server.tvm');
  expect(await readFile(await download.path())).toEqual(await readFile(exported));
  await dialog().getByRole('button', { name: 'Done' }).click();

  await begin();
  await expect(dialog().getByRole('button', { name: 'Export' })).toBeDisabled();
  await dialog()
    .getByRole('checkbox', { name: /Replace it/ })
    .check();
  await expect(dialog().getByRole('button', { name: 'Export' })).toBeEnabled();
  await library.keyboard.press('Escape');
});

test('an archive is chosen on the host, and comes in again', async () => {
  await library.keyboard.press('ControlOrMeta+k');
  await library.getByPlaceholder('What do you want to do?').fill('import');
  await library.keyboard.press('Enter');
  await dialog().getByRole('button', { name: 'Choose on the Host…' }).click();
  await chooseFolder(join(files, 'web-server.tvm'));
  const name = dialog().getByRole('textbox', { name: 'Name for web-server.tvm' });
  await expect(name).not.toHaveValue('');
  await name.fill('back-again');
  await dialog().getByRole('button', { name: 'Import' }).click();
  await expect(machineIn(library, 'back-again', 'Stopped')).toBeVisible();
});

test('the page did not complain meanwhile', () => {
  expect(stage.complaints).toEqual([]);
});

/** A machine as UTM keeps it, with settings that Tatin has no place for. */
async function makeBundle(folder: string, disk: string): Promise<void> {
  await mkdir(join(folder, 'Data'), { recursive: true });
  await copyFile(disk, join(folder, 'Data/disk.qcow2'));
  await writeFile(join(folder, 'Data/efi_vars.fd'), 'variables');
  const settings = `<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict>
  <key>Backend</key><string>QEMU</string><key>ConfigurationVersion</key><integer>4</integer>
  <key>Information</key><dict><key>Name</key><string>Work</string></dict>
  <key>System</key><dict><key>Architecture</key><string>aarch64</string><key>Target</key><string>virt</string>
    <key>CPUCount</key><integer>3</integer><key>MemorySize</key><integer>2048</integer></dict>
  <key>QEMU</key><dict><key>UEFIBoot</key><true/><key>TPMDevice</key><true/></dict>
  <key>Drive</key><array><dict><key>ImageName</key><string>disk.qcow2</string><key>ImageType</key><string>Disk</string></dict></array>
  <key>Network</key><array><dict><key>Mode</key><string>Bridged</string></dict></array>
  <key>Sound</key><array><dict><key>Hardware</key><string>intel-hda</string></dict></array>
</dict></plist>`;
  await writeFile(join(folder, 'config.plist'), settings);
}

/** Goes down to a file or folder in the page's own chooser, and takes it. */
async function chooseFolder(path: string): Promise<void> {
  const chooser = library.getByRole('dialog').last();
  await chooser.getByRole('button', { name: 'Home' }).click();
  await chooser.getByRole('textbox', { name: 'Path' }).fill(path);
  await chooser.getByRole('textbox', { name: 'Path' }).press('Enter');
  await chooser.getByRole('button', { name: 'Choose' }).click();
}
