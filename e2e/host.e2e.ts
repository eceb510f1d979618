import { lstat, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { expectAccessible } from './accessibility.ts';
import { setStage, type Stage } from './app.ts';

/** What the window says of this computer itself. */
test.describe.configure({ mode: 'serial' });

let stage: Stage;
let library: Page;
let link: string;

test.beforeAll(async ({ browser }) => {
  stage = await setStage(browser, async (world) => {
    const repository = join(world.home, 'cache/OCIs/ghcr.io/team/base');
    await mkdir(repository, { recursive: true });
    link = join(repository, 'latest');
    await symlink(join(repository, 'sha256:gone'), link);
  });
  library = await stage.app.open();
});
test.afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

const nothingSerious = (): Promise<void> => expectAccessible(library);

test('the doctor names what is wrong here, and cures it with one click', async () => {
  await library.getByRole('button', { name: 'Doctor' }).click();
  const images = library.getByRole('listitem').filter({ has: library.getByRole('heading', { name: 'Cached images' }) });
  await expect(images.getByText(/1 tag points to an image that is not here any more/)).toBeVisible();
  await nothingSerious();
  await images.getByRole('button', { name: 'Remove 1 Link' }).click();
  await expect(library.getByRole('region', { name: 'Passed' }).getByText('0 tags, all lead to an image')).toBeVisible();
  await expect(lstat(link)).rejects.toThrow('ENOENT');
});

test('the network says how guests and this computer reach each other', async () => {
  await library.getByRole('button', { name: 'Network' }).click();
  await expect(library.getByText(/Each guest is alone on 10\.0\.2\.0\/24/)).toBeVisible();
  await expect(library.getByRole('region', { name: 'Port Forwards' })).toBeVisible();
  await nothingSerious();
});

test('both fit a small window', async () => {
  await library.setViewportSize({ width: 860, height: 560 });
  for (const page of ['Network', 'Doctor']) {
    await library.getByRole('button', { name: page }).click();
    await expect(library.getByRole('heading', { level: 1, name: page })).toBeVisible();
    const overflow = await library.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
  }
});
