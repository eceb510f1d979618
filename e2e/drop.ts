import type { Page } from '@playwright/test';

/** Files of this computer held over the middle of a page by a real drag of the browser's. */
export interface Held {
  drop(): Promise<void>;
  takeAway(): Promise<void>;
}

/** Takes files from the desktop and holds them over the page, as the browser itself would report it. */
export async function holdFiles(page: Page, paths: readonly string[]): Promise<Held> {
  const browser = await page.context().newCDPSession(page);
  const size = page.viewportSize() ?? { width: 800, height: 600 };
  const at = { x: size.width / 2, y: size.height / 2 };
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  const tell = async (type: 'dragEnter' | 'dragOver' | 'drop' | 'dragCancel'): Promise<void> => {
    await browser.send('Input.dispatchDragEvent', { type, ...at, data });
  };
  await tell('dragEnter');
  await tell('dragOver');
  const end = async (how: 'drop' | 'dragCancel'): Promise<void> => {
    await tell(how);
    await browser.detach();
  };
  return {
    drop: () => end('drop'),
    takeAway: async () => {
      await end('dragCancel');
      await page.mouse.move(at.x + 1, at.y + 1);
    },
  };
}

/** Drops files on the page. */
export async function dropFiles(page: Page, paths: readonly string[]): Promise<void> {
  await (await holdFiles(page, paths)).drop();
}
