import { existsSync } from 'node:fs';
import path from 'node:path';
import { type CDPSession, expect, type Page, test } from '@playwright/test';
import { build, preview } from 'vite';
import { root } from './app.ts';

/** When the fixtures of the gallery happened, and two hours more: times are told relative to now. */
const now = new Date('2026-02-03T06:05:06.000Z');

/** The fonts that the pictures were taken with; with others every line of text is another. */
const fonts = { page: 'DejaVu Sans', code: 'DejaVu Sans Mono' };

/** For one scene to be there; the fakes behind it answer at once. */
const patienceMs = 10_000;

test.use({
  viewport: { width: 1280, height: 760 },
  // At half their size the pictures are small enough to be kept, and a part that moved still shows.
  deviceScaleFactor: 0.5,
  locale: 'en-US',
  timezoneId: 'UTC',
});

/** The gallery, built into a folder of its own that no package has, and served. */
async function serveGallery(): Promise<{ address: string } & AsyncDisposable> {
  const configFile = path.join(root, 'renderer/vite.config.ts');
  const outDir = path.join(root, '.cache/gallery');
  const input = path.join(root, 'renderer/gallery.html');
  const quiet = { configFile, logLevel: 'warn' } as const;
  await build({ ...quiet, build: { outDir, sourcemap: false, rolldownOptions: { input } } });
  const server = await preview({ ...quiet, build: { outDir }, preview: { host: '127.0.0.1', port: 0 } });
  const [origin = ''] = server.resolvedUrls?.local ?? [];
  return { address: `${origin}gallery.html`, [Symbol.asyncDispose]: () => server.close() };
}

/** The font that the browser draws the element in. */
async function fontOf(session: CDPSession, selector: string): Promise<string | undefined> {
  const { root: document } = await session.send('DOM.getDocument');
  const { nodeId } = await session.send('DOM.querySelector', { nodeId: document.nodeId, selector });
  const drawn = await session.send('CSS.getPlatformFontsForNode', { nodeId });
  return drawn.fonts[0]?.familyName;
}

/** Why the pictures can't be compared on this computer; undefined if they can. */
async function whyNot(page: Page): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'the pictures are of Linux';
  const session = await page.context().newCDPSession(page);
  await session.send('DOM.enable');
  await session.send('CSS.enable');
  const drawn = { page: await fontOf(session, 'h1'), code: await fontOf(session, '.mono, code') };
  if (drawn.page === fonts.page && drawn.code === fonts.code) return undefined;
  return `the pictures are of ${fonts.page} and ${fonts.code}; here it is ${drawn.page} and ${drawn.code}`;
}

test('every component and page looks as it did', async ({ page }) => {
  await using gallery = await serveGallery();
  /** Another scene is another place in the same page, which is loaded once. */
  const show = async (id: string): Promise<void> => {
    await page.goto(`${gallery.address}?frame#${id}`);
    await page.locator(`[data-scene="${id}"]`).waitFor({ timeout: patienceMs });
  };
  await page.clock.setFixedTime(now);
  await page.goto(gallery.address);
  const links = await page.getByRole('link').all();
  const scenes = await Promise.all(
    links.map(async (link) => ({
      id: (await link.getAttribute('href'))?.split('#')[1] ?? '',
      part: await link.getAttribute('data-part'),
      until: await link.getAttribute('data-until'),
    })),
  );
  expect(scenes.length).toBeGreaterThan(50);
  await show('library-icons');
  const reason = await whyNot(page);
  test.skip(reason !== undefined, reason);
  for (const { id, part, until } of scenes) {
    await show(id);
    if (until !== null) await page.locator(until).first().waitFor({ timeout: patienceMs });
    const shown = part === 'sheet' ? page.locator('.sheet, .palette').last() : page.locator('body');
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await expect.soft(shown).toHaveScreenshot(`${id}-${colorScheme}.png`, { timeout: patienceMs });
    }
  }
});

test('the gallery is no part of the app', () => {
  expect(existsSync(path.join(root, 'dist/renderer/index.html'))).toBe(true);
  expect(existsSync(path.join(root, 'dist/renderer/gallery.html'))).toBe(false);
});
