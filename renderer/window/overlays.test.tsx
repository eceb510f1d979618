import { act, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { type Command, commands } from '../../electron/contract/commands/commands.ts';
import { defaultSettings } from '../../electron/contract/settings.ts';
import { iconNames } from '../components/icon.tsx';
import { linuxHost, machine, running, variedLibrary } from '../testing/fixtures.ts';
import { openLibrary } from '../testing/open-library.tsx';

/** Opens the context menu of a machine and chooses from it. */
async function choose(user: Awaited<ReturnType<typeof openLibrary>>['user'], name: RegExp, item: RegExp) {
  await user.pointer({ keys: '[MouseRight]', target: screen.getByRole('option', { name }) });
  await user.click(within(await screen.findByRole('menu')).getByRole('menuitem', { name: item }));
}

describe('the table of commands', () => {
  it('names icons that exist', () => {
    for (const { id, icon } of commands as readonly Command[])
      if (icon !== undefined) expect(iconNames, id).toContain(icon);
  });
});

describe('the first run', () => {
  it('offers the smallest way first, and makes and starts the demo guest', async () => {
    const { user, client } = await openLibrary();
    expect(screen.getByRole('heading', { name: 'Make your first virtual machine' })).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Start Demo Linux' }));
    await waitFor(() =>
      expect(client.inputsOf('vms.create')).toMatchObject([
        { name: 'demo-linux', source: { from: 'demo' }, start: true },
      ]),
    );
    expect(await screen.findByRole('option', { name: /demo-linux/ })).toBeTruthy();
  });

  it('says why there is no demo guest, and still offers the rest', async () => {
    const demoGuest = { available: false, bytes: 0, reason: 'mkfs.ext4 is missing.' };
    const { user } = await openLibrary({ host: linuxHost({ demoGuest }) });
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Start Demo Linux' }).disabled).toBe(true);
    expect(screen.getByText(/mkfs\.ext4 is missing/)).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Make Empty…' }));
    expect(screen.getByRole('radio', { name: /Empty Linux disk/ }).getAttribute('aria-checked')).toBe('true');
  });
});

describe('the palette', () => {
  it('finds a command by a part of its name, and runs it', async () => {
    const { user } = await openLibrary({ vms: variedLibrary() });
    await user.keyboard('{Control>}k{/Control}');
    await user.type(screen.getByPlaceholderText('What do you want to do?'), 'as list');
    await user.keyboard('{Enter}');
    expect(await screen.findByRole('grid', { name: 'Virtual machines' })).toBeTruthy();
  });

  it('goes to a machine by its name, and says when there is nothing', async () => {
    const { user } = await openLibrary({ vms: variedLibrary() });
    await user.keyboard('{Control>}k{/Control}');
    const field = screen.getByPlaceholderText('What do you want to do?');
    await user.type(field, 'qqqqq');
    expect(screen.getByText('No matching command')).toBeTruthy();
    await user.clear(field);
    await user.type(field, 'port-clash');
    await user.keyboard('{Enter}');
    const machines = within(screen.getByRole('listbox'));
    expect(machines.getByRole('option', { selected: true }).textContent).toContain('port-clash');
  });
});

describe('questions before something is lost', () => {
  it.each([
    [/^Force Stop/, 'Force Stop', 'machines.forceStop'],
    [/^Reset/, 'Reset', 'machines.reset'],
  ] as const)('%s asks first, with the safe way out in focus', async (item, verb, procedure) => {
    const { user, client } = await openLibrary({ vms: [machine('web', { state: running })] });
    await choose(user, /web/, item);
    const question = await screen.findByRole('alertdialog');
    expect(document.activeElement?.textContent).toBe('Cancel');
    await user.click(within(question).getByRole('button', { name: 'Cancel' }));
    expect(client.inputsOf(procedure)).toEqual([]);
    await choose(user, /web/, item);
    await user.click(within(await screen.findByRole('alertdialog')).getByRole('button', { name: verb }));
    await waitFor(() => expect(client.inputsOf(procedure)).toEqual([{ id: 'local:web' }]));
  });

  it('deletes for good only after asking again where there is no Trash', async () => {
    const { user, client } = await openLibrary({ vms: [machine('web')] });
    client.refuse('vms.delete', { code: 'not-supported', message: 'No Trash there.' });
    await choose(user, /web/, /^Move to Trash/);
    await user.click(within(await screen.findByRole('alertdialog')).getByRole('button', { name: 'Move to Trash' }));
    await screen.findByText('Delete “web” for good?');
    client.refuse('vms.delete', undefined);
    await user.click(screen.getByRole('button', { name: 'Delete' }));
    await waitFor(() => expect(client.inputsOf('vms.delete').at(-1)).toEqual({ id: 'local:web', permanently: true }));
  });
});

describe('machines whose disk has no Trash', () => {
  it('are all asked about together, also where nothing was to be asked before the Trash', async () => {
    const { user, client } = await openLibrary({ vms: [machine('web'), machine('db')] });
    const settings = { ...defaultSettings, 'library.confirmDelete': false };
    act(() => client.tell('settings.changed', { report: { settings, problems: [], file: '/settings.json' } }));
    client.refuse('vms.delete', { code: 'not-supported', message: 'No Trash there.' });
    await user.click(screen.getByRole('option', { name: /web/ }));
    await user.keyboard('{Control>}a{Backspace}{/Control}');
    await screen.findByText('Delete 2 machines for good?');
    client.refuse('vms.delete', undefined);
    await user.click(screen.getByRole('button', { name: 'Delete' }));
    await waitFor(() => expect(client.inputsOf('vms.delete').filter(({ permanently }) => permanently)).toHaveLength(2));
  });
});

describe('Duplicate', () => {
  it('asks for a name, says what is wrong with it at the field, and copies', async () => {
    const { user, client } = await openLibrary({ vms: [machine('web'), machine('taken')] });
    await choose(user, /web/, /^Duplicate/);
    const name = await screen.findByRole('textbox', { name: 'Name of the copy' });
    await user.clear(name);
    await user.type(name, 'taken{Enter}');
    expect((await screen.findByRole('alert')).textContent).toContain(
      'There is a virtual machine named "taken" already.',
    );
    await user.clear(name);
    await user.type(name, 'web-2{Enter}');
    await waitFor(() => expect(client.inputsOf('vms.clone').at(-1)).toMatchObject({ id: 'local:web', name: 'web-2' }));
  });
});

describe('banners', () => {
  it('try the connection again at once', async () => {
    const { user, client } = await openLibrary({ vms: variedLibrary() });
    const reconnect = vi.spyOn(client, 'reconnect');
    act(() => client.setConnection('lost'));
    await user.click(screen.getByRole('button', { name: 'Try Again' }));
    expect(reconnect).toHaveBeenCalledOnce();
  });

  it('go when what they say is solved, or are put aside', async () => {
    const { user, client } = await openLibrary({ vms: variedLibrary() });
    const error = { code: 'home-unavailable', message: 'The disk “Work” is not connected.' } as const;
    act(() => client.tell('notice', { error }));
    await user.click(screen.getByRole('button', { name: 'Dismiss' }));
    expect(screen.queryByText(error.message)).toBeNull();
    act(() => client.tell('notice', { error }));
    act(() => client.tell('host.changed', { host: linuxHost() }));
    expect(screen.queryByText(error.message)).toBeNull();
    act(() => client.tell('notice', { error }));
    await user.click(screen.getByRole('button', { name: 'Try Again' }));
    await waitFor(() => expect(screen.queryByText(error.message)).toBeNull());
  });
});
