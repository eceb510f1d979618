import { cleanup, configure, render, screen } from '@testing-library/react';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import { afterEach, beforeEach } from 'vitest';
import { LibraryWindow } from '../window/library-window.tsx';
import { type App, AppProvider } from '../state/app.tsx';
import { followLibrary } from '../state/library-store.ts';
import { openView } from '../state/view-store.ts';
import { addBrowserParts } from './browser-parts.ts';
import { type FakeClient, fakeClient } from './fake-client.ts';
import { type FakeShell, fakeShell } from './fake-shell.ts';

/** What is found is found at once where nothing else runs; a busy machine is given its time (the default is 1 s). */
configure({ asyncUtilTimeout: 30_000 });

/** The library window over a fake client, loaded, and a user in front of it. */
export async function openLibrary(
  start: Parameters<typeof fakeClient>[0] & { shell?: FakeShell; kept?: object } = {},
): Promise<{ app: App; client: FakeClient; shell: FakeShell; user: UserEvent }> {
  const client = fakeClient(start);
  const shell = start.shell ?? fakeShell();
  const kept = start.kept === undefined ? null : JSON.stringify(start.kept);
  const view = openView({ getItem: () => kept, setItem: () => undefined });
  const app: App = { client, shell, library: followLibrary(client), view };
  const user = userEvent.setup();
  render(
    <AppProvider app={app}>
      <LibraryWindow />
    </AppProvider>,
  );
  await screen.findByRole('heading', { level: 1 });
  if (start.connection === undefined) await untilLoaded(app);
  return { app, client, shell, user };
}

/** Waits for the first list, and for the window to show it. */
async function untilLoaded({ library }: App): Promise<void> {
  if (library.getState().vms === undefined)
    await new Promise<void>((resolve) => {
      const off = library.subscribe(({ vms }) => {
        if (vms === undefined) return;
        off();
        resolve();
      });
    });
  await screen.findByText(/virtual machine/, { selector: 'footer *' });
}

beforeEach(addBrowserParts);
afterEach(cleanup);
