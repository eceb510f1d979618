import type {} from 'electron';
import { isOwnPage } from './page-protocol.ts';

/** What our own pages may use without asking; everything else is refused to everyone. */
const allowedPermissions: ReadonlySet<string> = new Set([
  // Copy an address; type the clipboard into a guest.
  'clipboard-sanitized-write',
  'clipboard-read',
  // A guest's screen over the whole display, with the keys that belong to it.
  'fullscreen',
  'keyboardLock',
  'pointerLock',
]);

/** Whether a page may have a permission. */
export function mayHave(permission: string, pageAddress: string): boolean {
  return allowedPermissions.has(permission) && isOwnPage(pageAddress);
}

/** Refuses every permission that {@link mayHave} does not grant. */
export function guardPermissions(
  session: Pick<Electron.Session, 'setPermissionCheckHandler' | 'setPermissionRequestHandler'>,
): void {
  session.setPermissionRequestHandler((_contents, permission, answer, details) =>
    answer(mayHave(permission, details.requestingUrl)),
  );
  session.setPermissionCheckHandler((_contents, permission, origin) => mayHave(permission, origin));
}

/**
 * Keeps a page where it is: it may go to no address but our own pages, open no window, and hold no other web contents.
 * There is nothing outside that Tatin links to, so nothing is handed to the browser either.
 */
export function guardNavigation(contents: Pick<Electron.WebContents, 'on' | 'setWindowOpenHandler'>): void {
  const refuse = (event: { preventDefault(): void }, address: string): void => {
    if (!isOwnPage(address)) event.preventDefault();
  };
  contents.on('will-navigate', (details) => refuse(details, details.url));
  contents.on('will-frame-navigate', (details) => {
    // Our pages have no frames, so nothing may fill one.
    if (!details.isMainFrame) details.preventDefault();
  });
  contents.on('will-redirect', (details) => refuse(details, details.url));
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}
