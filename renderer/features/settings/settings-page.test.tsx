import { screen, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { defaultSettings } from '../../../electron/contract/settings.ts';
import { fakeShell } from '../../testing/fake-shell.ts';
import { openLibrary } from '../../testing/open-library.tsx';

/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = { timeout: 30_000 };

async function openSettings() {
  const library = await openLibrary();
  await library.user.click(screen.getByRole('button', { name: 'Settings' }));
  await screen.findByLabelText('Layers fetched at once');
  return library;
}

describe('The page of settings', () => {
  it('changes a setting as soon as its field is left, and resets it', async () => {
    const { user, client } = await openSettings();
    const field = screen.getByLabelText('Layers fetched at once');
    await user.clear(field);
    await user.type(field, '8{Enter}');
    await vi.waitFor(
      () =>
        expect(client.inputsOf('settings.set')).toEqual([{ changes: { 'transfers.connections': 8 }, areText: false }]),
      patience,
    );
    await user.click(await screen.findByRole('button', { name: 'Reset Layers fetched at once' }));
    await vi.waitFor(() => expect(field).toHaveProperty('value', '4'), patience);
  });

  it('says beside the field what is wrong with a value, by its key', async () => {
    const { user } = await openSettings();
    const field = screen.getByLabelText('Registries over plain http');
    await user.type(field, 'localhost:5000, a_b{Enter}');
    expect((await screen.findByRole('alert')).textContent).toContain('registries.insecure[1]:');
  });

  it('shows what another program changed, and what it got wrong', async () => {
    const { client } = await openSettings();
    client.tell('settings.changed', {
      report: {
        settings: { ...defaultSettings, appearance: 'dark' },
        problems: [{ key: 'newMachine.cpuCount', message: 'expected number' }],
        file: '/settings.json',
      },
    });
    await vi.waitFor(() => expect(screen.getByLabelText('Appearance')).toHaveProperty('value', 'dark'), patience);
    expect(screen.getByText('newMachine.cpuCount')).toBeDefined();
  });

  it('is a window of its own in the desktop app, opened from the sidebar too', async () => {
    let opened = 0;
    const { user } = await openLibrary({ shell: fakeShell({ kind: 'desktop', openSettings: () => (opened += 1) }) });
    await user.click(screen.getByRole('button', { name: 'Settings' }));
    expect(opened).toBe(1);
    expect(screen.queryByLabelText('Layers fetched at once')).toBeNull();
  });

  it('adds a home and uses it from the next start on', async () => {
    const { user } = await openSettings();
    const homes = within(screen.getByRole('region', { name: 'Homes' }));
    await user.type(homes.getByLabelText('Folder of another home'), '/mnt/vms{Enter}');
    await user.click(await homes.findByRole('button', { name: 'Use /mnt/vms' }));
    expect(await homes.findByText('from the next start on')).toBeDefined();
  });

  it('moves a home when its new place will do, and says why one does not', async () => {
    const { user, client } = await openSettings();
    await user.click(await screen.findByRole('button', { name: 'Move /home/user/.tart' }));
    const sheet = within(await screen.findByRole('dialog', { name: 'Move Home' }));
    const field = sheet.getByLabelText('New folder of the home');
    const move = sheet.getByRole<HTMLButtonElement>('button', { name: 'Move' });
    await user.type(field, 'relative');
    expect(sheet.getByRole('alert').textContent).toContain('whole path');
    await user.clear(field);
    await user.type(field, '/full');
    expect((await sheet.findAllByText(/needs 42 GB, and 1 GB are free/))[0]).toBeDefined();
    expect(move.disabled).toBe(true);
    await user.clear(field);
    await user.type(field, '/mnt/tart');
    expect(await sheet.findByText(/^42 GB are copied/)).toBeDefined();
    expect(sheet.getByRole('note').textContent).toContain('restart');
    await user.click(move);
    await vi.waitFor(() => expect(screen.queryByRole('dialog')).toBeNull(), patience);
    expect(client.inputsOf('homes.move')).toEqual([{ from: '/home/user/.tart', to: '/mnt/tart' }]);
  });
});
