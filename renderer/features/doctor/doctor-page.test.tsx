import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { CheckResult } from '../../../electron/contract/doctor.ts';
import { openLibrary } from '../../testing/open-library.tsx';

const check = (id: string, more: Partial<CheckResult>): CheckResult => ({
  ...{ id, title: id, state: 'passed', summary: `${id} is well`, lookedAt: `Looked at ${id}.`, fixes: [] },
  ...more,
});

const checks: CheckResult[] = [
  check('Keychain', {
    state: 'failed',
    summary: 'It is locked.',
    details: 'raw words',
    fixes: [{ id: 'unlock', title: 'Unlock', kind: 'command', says: 'security unlock-keychain' }],
  }),
  check('Cached images', {
    state: 'attention',
    fixes: [{ id: 'links', title: 'Remove 3 Links', kind: 'safe', says: 'They lead nowhere.' }],
  }),
  check('Saved states', {
    state: 'attention',
    fixes: [{ id: 'discard', title: 'Discard 1 Saved State…', kind: 'ask', says: 'Its memory is lost.' }],
  }),
  check('Memory', { fixes: [] }),
  check('Softnet', { state: 'skipped', summary: 'Only on a Mac.' }),
];

async function openDoctor(): Promise<Awaited<ReturnType<typeof openLibrary>>> {
  const opened = await openLibrary({ checks });
  await opened.user.click(screen.getByRole('button', { name: 'Doctor' }));
  await screen.findByText('1 failed');
  return opened;
}

describe('The doctor’s page', () => {
  it('shows what is wrong with its reasons, what is well in a line, and the number in the sidebar', async () => {
    await openDoctor();
    screen.getByText('2 need attention');
    screen.getByText('1 passed');
    const failed = screen.getByRole('region', { name: 'Failed' });
    within(failed).getByText('It is locked.');
    within(failed).getByText('Looked at Keychain.');
    within(failed).getByText('Failed:');
    within(screen.getByRole('region', { name: 'Not looked at' })).getByText('Only on a Mac.');
    expect(screen.getByTitle('1 check failed').textContent).toBe('1');
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Doctor');
  });

  it('shows a command to type, and copies it', async () => {
    const { user } = await openDoctor();
    await user.click(screen.getByRole('button', { name: 'Unlock' }));
    const sheet = screen.getByRole('dialog', { name: 'Unlock' });
    within(sheet).getByText('security unlock-keychain');
    await user.click(within(sheet).getByRole('button', { name: 'Copy' }));
    expect(await navigator.clipboard.readText()).toBe('security unlock-keychain');
  });

  it('carries out what loses nothing at once, and asks before anything else', async () => {
    const { client, user } = await openDoctor();
    await user.click(screen.getByRole('button', { name: 'Remove 3 Links' }));
    await screen.findByText('1 needs attention');
    await user.click(screen.getByRole('button', { name: 'Discard 1 Saved State…' }));
    const alert = screen.getByRole('alertdialog', { name: 'Discard 1 Saved State?' });
    within(alert).getByText('Its memory is lost.');
    await user.click(within(alert).getByRole('button', { name: 'Cancel' }));
    expect(client.inputsOf('doctor.fix')).toEqual([{ checkId: 'Cached images', fixId: 'links' }]);
    await user.click(screen.getByRole('button', { name: 'Discard 1 Saved State…' }));
    await user.click(screen.getByRole('button', { name: 'Discard 1 Saved State' }));
    await waitFor(() => expect(screen.queryByText(/attention$/)).toBeNull());
    expect(client.inputsOf('doctor.fix')[1]).toEqual({ checkId: 'Saved states', fixId: 'discard' });
  });

  it('names every safe cure before it carries them out', async () => {
    const { client, user } = await openDoctor();
    await user.click(screen.getByRole('button', { name: 'Fix 1 Safe One…' }));
    const sheet = screen.getByRole('dialog');
    within(sheet).getByText(/They lead nowhere/);
    expect(client.inputsOf('doctor.fix')).toEqual([]);
    await user.click(within(sheet).getByRole('button', { name: 'Fix' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(client.inputsOf('doctor.fix')).toEqual([{ checkId: 'Cached images', fixId: 'links' }]);
  });

  it('says why nothing could be looked at, and looks again', async () => {
    const opened = await openLibrary({ checks });
    opened.client.refuse('doctor.examine', { code: 'home-unavailable', message: 'The drive is gone.' });
    await opened.user.click(screen.getByRole('button', { name: 'Doctor' }));
    await screen.findByText('The drive is gone.');
    opened.client.refuse('doctor.examine', undefined);
    await opened.user.click(screen.getByRole('button', { name: 'Check Again' }));
    await screen.findByText('1 failed');
    expect(screen.queryByText('The drive is gone.')).toBeNull();
  });

  it('saves a report', async () => {
    const saved: Blob[] = [];
    vi.stubGlobal(
      'URL',
      Object.assign(URL, {
        createObjectURL: (blob: Blob) => `blob:${saved.push(blob)}`,
        revokeObjectURL: () => undefined,
      }),
    );
    const { user } = await openDoctor();
    await user.click(screen.getByRole('button', { name: 'Save Diagnostics…' }));
    await waitFor(() => expect(saved).toHaveLength(1));
    vi.unstubAllGlobals();
  });

  it('goes back to the machines', async () => {
    const { user } = await openDoctor();
    await user.click(screen.getByRole('button', { name: /^All/ }));
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('All');
  });
});
