import { act, cleanup, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { fakeClient } from '../../testing/fake-client.ts';
import { fakeShell } from '../../testing/fake-shell.ts';
import { openLibrary } from '../../testing/open-library.tsx';
import { SessionGate } from './session-gate.tsx';

afterEach(cleanup);

describe('SessionGate', () => {
  it('leaves nothing of the page when the session is over, and says why', () => {
    const client = Object.assign(fakeClient(), { whyOver: () => 'unused' as const });
    render(
      <SessionGate client={client}>
        <p>secret</p>
      </SessionGate>,
    );
    act(() => client.setConnection('lost'));
    expect(screen.getByText('secret')).toBeDefined();
    act(() => client.setConnection('over'));
    expect(screen.queryByText('secret')).toBeNull();
    expect(screen.getByRole('heading', { name: 'This browser is logged out' })).toBeDefined();
    expect(screen.getByText(/Nobody used Tatin in this browser for 12 hours/)).toBeDefined();
  });
});

describe('Log Out', () => {
  const withSessions = (): { shell: ReturnType<typeof fakeShell>; asked: string[] } => {
    const asked: string[] = [];
    const rows = [
      { id: crypto.randomUUID(), isThis: true, browser: 'Firefox on Linux', address: '127.0.0.1' },
      { id: crypto.randomUUID(), isThis: false, browser: 'Safari on macOS', address: '192.0.2.7' },
    ].map((row) => ({ ...row, madeAt: new Date().toISOString(), usedAt: new Date().toISOString() }));
    const sessions = {
      list: () => Promise.resolve(rows),
      logOut: (which: string) => {
        asked.push(which === rows[1]?.id ? 'the other' : which);
        return Promise.resolve();
      },
    };
    return { shell: fakeShell({ sessions }), asked };
  };

  it('is a command where there is something to log out of, and nowhere else', async () => {
    const { shell, asked } = withSessions();
    const { user } = await openLibrary({ shell });
    await user.keyboard('{Alt>}{Shift>}Q{/Shift}{/Alt}');
    expect(asked).toEqual(['this']);
    expect(shell.enabled).toContain('app.logOutAll');
    cleanup();
    const desktop = fakeShell({ kind: 'desktop' });
    await openLibrary({ shell: desktop });
    expect(desktop.enabled.filter((id) => id.startsWith('app.logOut'))).toEqual([]);
  });

  it('stands beside each browser in the settings, and asks before all are meant', async () => {
    const { shell, asked } = withSessions();
    const { user } = await openLibrary({ shell });
    await user.click(screen.getByRole('button', { name: 'Settings' }));
    await user.click(await screen.findByRole('button', { name: 'Log out Safari on macOS from 192.0.2.7' }));
    await user.click(screen.getByRole('button', { name: 'Log Out All…' }));
    expect(asked).toEqual(['the other']);
    await user.click(screen.getByRole('button', { name: 'Log Out All' }));
    expect(asked).toEqual(['the other', 'all']);
  });
});
