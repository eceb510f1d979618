import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppProvider } from '../state/app.tsx';
import { followLibrary } from '../state/library-store.ts';
import { openView } from '../state/view-store.ts';
import { fakeClient } from '../testing/fake-client.ts';
import { fakeShell } from '../testing/fake-shell.ts';
// Gives jsdom the parts of a browser.
import '../testing/open-library.tsx';
import { SettingsWindow } from './settings-window.tsx';

function open() {
  const client = fakeClient();
  const app = {
    client,
    shell: fakeShell({ kind: 'desktop' }),
    library: followLibrary(client),
    view: openView(sessionStorage),
  };
  const { unmount } = render(
    <AppProvider app={app}>
      <SettingsWindow />
    </AppProvider>,
  );
  return { client, unmount, user: userEvent.setup() };
}

describe('The window of settings', () => {
  beforeEach(() => localStorage.clear());
  afterEach(() => vi.restoreAllMocks());

  it('has a tab for each kind, moves between them by arrows, and opens at the last', async () => {
    const { user, client, unmount } = open();
    expect(await screen.findByLabelText('Appearance')).toBeDefined();
    expect(screen.getByLabelText('Machines that run at quit')).toBeDefined();
    screen.getByRole('tab', { name: 'General' }).focus();
    await user.keyboard('{ArrowRight}{ArrowRight}');
    await user.clear(await screen.findByLabelText('Layers fetched at once'));
    await user.type(screen.getByLabelText('Layers fetched at once'), '8{Enter}');
    await vi.waitFor(
      () =>
        expect(client.inputsOf('settings.set')).toEqual([{ changes: { 'transfers.connections': 8 }, areText: false }]),
      { timeout: 30_000 },
    );
    unmount();
    open();
    expect(await screen.findByLabelText('Layers fetched at once')).toBeDefined();
    expect(screen.getByRole('tab', { name: 'Images' }).getAttribute('aria-selected')).toBe('true');
  });

  it('is closed by Escape, which a sheet over it takes for itself', async () => {
    const close = vi.spyOn(window, 'close').mockImplementation(() => undefined);
    const { user } = open();
    await user.click(screen.getByRole('tab', { name: 'Homes' }));
    await user.click(await screen.findByRole('button', { name: 'Move /home/user/.tart' }));
    await screen.findByRole('dialog', { name: 'Move Home' });
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(close).not.toHaveBeenCalled();
    await user.keyboard('{Escape}');
    expect(close).toHaveBeenCalledOnce();
  });
});
