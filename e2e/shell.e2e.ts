import { once } from 'node:events';
import { _electron as electron, expect, test, type ElectronApplication, type Page } from '@playwright/test';
import { electronProgram } from '../scripts/setup/electron.mjs';
import { destroyWorld, makeWorld, root, tatin, type World } from './app.ts';

/** Why the desktop can't be driven here, if so. */
function obstacle(): string | undefined {
  if (electronProgram(root) === undefined) return 'Electron’s binary is not installed here';
  const display = process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY;
  if (process.platform === 'linux' && display === undefined) return 'there is no display for Electron here';
  return undefined;
}

/** What tests use of a page's own global object. */
interface PageGlobal {
  open(address: string): void;
  location: { href: string };
  tatinShell: { openConsole(id: string): void };
}

const reason = obstacle();
if (reason !== undefined) console.log(`The desktop shell is not tested: ${reason}.`);

test.describe('desktop shell', () => {
  test.skip(reason !== undefined, reason);

  let world: World;
  let app: ElectronApplication | undefined;
  test.beforeEach(async () => {
    world = await makeWorld();
  });
  test.afterEach(async () => {
    const child = app?.process();
    if (child?.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    app = undefined;
    await destroyWorld(world);
  });

  async function open(): Promise<{ app: ElectronApplication; library: Page }> {
    const executablePath = electronProgram(root);
    if (executablePath === undefined) throw new Error('Electron was installed a moment ago.');
    // Chromium's own sandbox can't be had as root; pages stay in ours.
    const args = process.getuid?.() === 0 ? ['--no-sandbox', root] : [root];
    const opened = await electron.launch({ executablePath, args, env: world.env as Record<string, string> });
    app = opened;
    const library = await page(opened, 'index.html');
    return { app: opened, library };
  }

  /** The window of that page, once it is there and loaded. */
  async function page(from: ElectronApplication, name: string): Promise<Page> {
    let found: Page | undefined;
    await expect
      .poll(() => (found = from.windows().find((window) => window.url().includes(name))), { timeout: 60_000 })
      .toBeDefined();
    if (found === undefined) throw new Error(`No window of ${name}`);
    await found.waitForLoadState();
    return found;
  }

  const clickMenu = (from: ElectronApplication, id: string) =>
    from.evaluate(({ Menu }, item) => {
      Menu.getApplicationMenu()?.getMenuItemById(item)?.click();
    }, id);

  test('has Mac menus in their order, and pages in the sandbox with nothing but the two bridges', async () => {
    const { app, library } = await open();
    const labels = await app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.items.map((item) => item.label));
    const expected = ['File', 'Edit', 'View', 'Virtual Machine', 'Window', 'Help'];
    expect(labels).toEqual(process.platform === 'darwin' ? ['Tatin', ...expected] : expected);
    const seen = await library.evaluate(() => ({
      node: ['require', 'process', 'module'].filter((name) => name in globalThis),
      bridges: Object.keys(globalThis).filter((name) => name.startsWith('tatin')),
    }));
    expect(seen).toEqual({ node: [], bridges: expect.arrayContaining(['tatinShell', 'tatinTransport']) as unknown });
    expect(seen.bridges).toHaveLength(2);
  });

  test('shows over IPC what the terminal makes, and New Virtual Machine… from the menu', async () => {
    const { app, library } = await open();
    await tatin(world, ['create', '--linux', 'from-terminal', '--disk-size', '1']);
    await expect(library.getByText('from-terminal').first()).toBeVisible();
    await clickMenu(app, 'file.new');
    await expect(library.getByRole('dialog')).toBeVisible();
  });

  test('goes nowhere and opens nothing from a page', async () => {
    const { app, library } = await open();
    await library.evaluate(() => {
      const page = globalThis as unknown as PageGlobal;
      page.open('https://example.com/');
      page.location.href = 'https://example.com/';
    });
    const fetched = await library.evaluate(() => fetch('https://example.com/').then(String, () => 'refused'));
    expect(fetched).toBe('refused');
    expect(library.url()).toContain('app://tatin/index.html');
    expect(app.windows()).toHaveLength(1);
  });

  test('opens windows again where they were', async () => {
    await tatin(world, ['create', '--linux', 'one', '--disk-size', '1']);
    const first = await open();
    await first.library.evaluate(() => {
      (globalThis as unknown as PageGlobal).tatinShell.openConsole('local:one');
    });
    await page(first.app, 'console.html');
    const wanted = { x: 80, y: 90, width: 900, height: 600 };
    const bounds = await first.app.evaluate(({ BrowserWindow }, rectangle) => {
      const library = BrowserWindow.getAllWindows().find((window) =>
        window.webContents.getURL().includes('index.html'),
      );
      library?.setBounds(rectangle);
      return library?.getBounds();
    }, wanted);
    const ended = once(first.app.process(), 'exit');
    first.app.process().kill('SIGTERM');
    await ended;

    const second = await open();
    await page(second.app, 'console.html');
    const after = await second.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()
        .find((window) => window.webContents.getURL().includes('index.html'))
        ?.getBounds(),
    );
    expect(after).toEqual(bounds);
  });

  test('asks before it quits while a guest runs, and leaves it running', async () => {
    await tatin(world, ['create', '--demo', 'guest']);
    await tatin(world, ['run', '--detach', 'guest']);
    const { app, library } = await open();
    await expect(library.getByText('guest').first()).toBeVisible();
    // The question is the system's own and can't be clicked: it is answered here, first with Cancel, then with the default.
    await app.evaluate(({ dialog }) => {
      const asked: unknown[] = [];
      const answers = [3, 0];
      Object.assign(globalThis, { asked });
      dialog.showMessageBox = (...given: unknown[]) => {
        const { message, buttons } = given.at(-1) as { message: string; buttons: string[] };
        asked.push([message, ...buttons]);
        return Promise.resolve({ response: answers.shift() ?? 3, checkboxChecked: false });
      };
    });
    const quit = () => app.evaluate(({ app: main }) => main.quit());
    const asked = () => app.evaluate(() => (globalThis as unknown as { asked: string[][] }).asked);
    await quit();
    const question = ['“guest” is running', 'Leave Running', 'Suspend and Quit', 'Shut Down and Quit', 'Cancel'];
    await expect.poll(asked).toEqual([question]);
    const child = app.process();
    expect(child.exitCode).toBeNull();
    const ended = once(child, 'exit');
    // The app may be gone before it answers that it was asked to quit.
    await quit().catch(() => undefined);
    await ended;
    expect(await tatin(world, ['list', '--format', 'json'])).toMatch(/"Running"\s*:\s*true/u);
  });
});
