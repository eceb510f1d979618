import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type BrowserContext, expect, test, type Page } from '@playwright/test';
import { expectAccessible } from './accessibility.ts';
import { destroyWorld, firstUrl, makeWorld, node, root, type World } from './app.ts';

/** How a browser gets in and out: the server itself, also where the other specs drive the desktop app. */
test.describe.configure({ mode: 'serial' });

const password = 'correct horse battery';
let world: World;
let server: ChildProcess;
let url: string;

test.beforeAll(async () => {
  world = await makeWorld();
  const passwordFile = join(world.folder, 'password');
  await writeFile(passwordFile, password);
  server = spawn(node, [join(root, 'dist/main/server.js'), '--password-file', passwordFile], {
    env: world.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  url = await firstUrl(server, () => undefined);
});
test.afterAll(async () => {
  const exited = once(server, 'exit');
  server.kill('SIGTERM');
  await exited;
  await destroyWorld(world);
});

const library = (page: Page) => page.getByRole('heading', { name: 'Make your first virtual machine' });
const isOver = (page: Page) => page.getByRole('heading', { name: 'This browser is logged out' });

async function logIn(page: Page): Promise<void> {
  await page.goto(new URL('/', url).href);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log In' }).click();
  await expect(library(page)).toBeVisible();
}

async function run(page: Page, command: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder('What do you want to do?').fill(command);
  await page.getByRole('option', { name: command }).first().click();
}

const sessionOf = async (context: BrowserContext): Promise<string | undefined> =>
  (await context.cookies()).find(({ name }) => name.startsWith('tatin-session-'))?.value;

test('a link opens from a page of another site, and pictures there use nothing up', async ({ page }) => {
  const forged = new URL('/?token=guess', url).href;
  const html = `<!doctype html>${`<img src="${url}"><img src="${forged}">`.repeat(30)}<a href="${url}">Open</a>`;
  // Another name of this computer is another site to a browser.
  const evil = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(html));
  await once(evil.listen(0, '127.0.0.1'), 'listening');
  const { port } = evil.address() as AddressInfo;
  try {
    // Browsers tell such a page nothing of the answers, so that each looks failed.
    const tried = new Set<string>();
    page.on('requestfailed', (request) => tried.add(request.url()));
    await page.goto(`http://localhost:${port}/`);
    await expect.poll(() => [...tried].sort(), { timeout: 30_000 }).toEqual([url, forged].sort());
    await page.getByRole('link', { name: 'Open' }).click();
    await expect(library(page)).toBeVisible();
  } finally {
    evil.close();
    evil.closeAllConnections();
  }
});

test('a wrong password is said to be one, the right one opens', async ({ page }) => {
  await page.goto(new URL('/', url).href);
  await expectAccessible(page);
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Log In' }).click();
  await expect(page.getByText('Wrong password.')).toBeVisible();
  await logIn(page);
});

test('Log Out leaves nothing to go back to, and other pages of the browser say what happened', async ({ context }) => {
  const [page, other] = [await context.newPage(), await context.newPage()];
  await logIn(page);
  await other.goto(new URL('/', url).href);
  await expect(library(other)).toBeVisible();
  await page.bringToFront();
  await run(page, 'Log Out');
  await expect(page.getByLabel('Password')).toBeVisible();
  await expect(page.getByText('This browser has no session here')).toBeVisible();
  expect(await sessionOf(context)).toBeUndefined();
  await page.goBack();
  await expect(library(page)).toBeHidden();

  await other.bringToFront();
  await expect(isOver(other)).toBeVisible();
  await expect(other.getByText('It was logged out, here or from elsewhere.')).toBeVisible();
  await expect(library(other)).toBeHidden();
  await expectAccessible(other);
  await other.getByRole('button', { name: 'Log In' }).click();
  await expect(other.getByLabel('Password')).toBeVisible();
});

test('Log Out All Browsers asks, and ends each', async ({ browser, context }) => {
  await using elsewhere = await browser.newContext();
  const [page, other] = [await context.newPage(), await elsewhere.newPage()];
  await logIn(page);
  await logIn(other);
  await page.keyboard.press('Control+,');
  const browsers = page.getByRole('region', { name: 'Browsers' });
  await expect(browsers.getByRole('listitem').first()).toContainText('this browser');
  await expect(browsers.getByRole('listitem').first()).toContainText('Chrome on Linux');
  await expectAccessible(page);
  await browsers.getByRole('button', { name: 'Log Out All…' }).click();
  await expect(page.getByRole('alertdialog')).toContainText('Log out all browsers?');
  await page.getByRole('button', { name: 'Log Out All', exact: true }).click();
  await expect(page.getByLabel('Password')).toBeVisible();
  await expect(isOver(other)).toBeVisible();
});

test('logging out works without scripts', async ({ browser }) => {
  await using context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(new URL('/', url).href);
  await page.getByLabel('Password').fill(password);
  // The page after the password leads on to the library by itself, and must not do so in the middle of what follows.
  const home = page.waitForResponse((response) => new URL(response.url()).pathname === '/' && response.ok());
  await page.getByRole('button', { name: 'Log In' }).click();
  await (await home).finished();
  await page.waitForURL(new URL('/', url).href);
  expect(await sessionOf(context)).toBeDefined();
  await page.goto(new URL('/logout', url).href);
  await page.getByRole('button', { name: 'Log Out This Browser' }).click();
  await expect(page.getByText('You are logged out.')).toBeVisible();
  expect(await sessionOf(context)).toBeUndefined();
});

test('a page that was cut off finds out that its session is over, and stops trying', async ({ context }) => {
  const page = await context.newPage();
  await logIn(page);
  // As after a restart of the server, which remembers no session.
  await context.setOffline(true);
  const kept = await sessionOf(context);
  await fetch(new URL('/logout', url), {
    method: 'POST',
    headers: { cookie: `${(await context.cookies())[0]?.name ?? ''}=${kept ?? ''}`, origin: new URL(url).origin },
  });
  await context.setOffline(false);
  await expect(isOver(page)).toBeVisible({ timeout: 30_000 });
  // Whichever page logs the browser in, the others are back.
  await logIn(await context.newPage());
  await expect(isOver(page)).toBeHidden();
  await expect(library(page)).toBeVisible();
});
