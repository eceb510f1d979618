import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { image } from '../../testing/fake-images.ts';
import { machine } from '../../testing/fixtures.ts';
import { openLibrary } from '../../testing/open-library.tsx';

const digit = (character: string): string => `sha256:${character.repeat(64)}`;
const named = (name: string, character: string, more: Parameters<typeof image>[1] = {}): ReturnType<typeof image> =>
  image(`ghcr.io/org/${name}`, { id: `ghcr.io/org/${name}@${digit(character)}`, digest: digit(character), ...more });

// Last used first, as the page opens.
const alpine = named('alpine', 'a', { accessedAt: '2026-02-03T05:00:00.000Z' });
const base = named('base', 'b', { accessedAt: '2026-02-03T04:00:00.000Z', pinned: true, usedBy: ['local:web'] });
const debian = named('debian', 'c', { accessedAt: '2026-02-03T03:00:00.000Z', allocatedBytes: 9e9 });
const broken = named('old', 'd', { accessedAt: '2026-02-03T02:00:00.000Z', error: 'nvram.bin is missing' });

async function openImages(): ReturnType<typeof openLibrary> {
  const opened = await openLibrary({ vms: [machine('web')], cache: { images: [alpine, base, debian, broken] } });
  await opened.user.click(screen.getByRole('button', { name: /^Images/ }));
  return opened;
}

const grid = (): HTMLElement => screen.getByRole('grid', { name: 'Images' });
const row = (name: RegExp): HTMLElement => within(grid()).getByRole('row', { name });
const nameIn = (element: HTMLElement): string => /(\w+):latest/.exec(element.textContent)?.[1] ?? '';
const rows = (): string[] => within(grid()).getAllByRole('row').slice(1).map(nameIn);
const chosen = (): string[] => within(grid()).queryAllByRole('row', { selected: true }).map(nameIn);
const menuNames = async (): Promise<string[]> =>
  within(await screen.findByRole('menu'))
    .getAllByRole('menuitem')
    .map(({ textContent }) => textContent);

describe('Images', () => {
  it('are chosen by click, by Ctrl, as a range by ⇧, and all at once', async () => {
    const { user } = await openImages();
    await user.click(row(/alpine/));
    expect(chosen()).toEqual(['alpine']);
    await user.keyboard('{Control>}');
    await user.click(row(/debian/));
    await user.keyboard('{/Control}');
    expect(chosen()).toEqual(['alpine', 'debian']);
    await user.keyboard('{Shift>}');
    await user.click(row(/base/));
    await user.keyboard('{/Shift}');
    expect(chosen()).toEqual(['base', 'debian']);
    await user.keyboard('{Control>}a{/Control}');
    expect(chosen()).toHaveLength(4);
    screen.getByText('4 of 4 selected');
  });

  it('are gone through by arrows and letters, and let go by Escape', async () => {
    const { user } = await openImages();
    grid().focus();
    await user.keyboard('{ArrowDown}{ArrowDown}{Shift>}{ArrowDown}{/Shift}');
    expect(chosen()).toEqual(['base', 'debian']);
    expect(grid().getAttribute('aria-activedescendant')).toBe(row(/debian/).id);
    await user.keyboard('al');
    expect(chosen()).toEqual(['alpine']);
    await user.keyboard('{End}');
    expect(chosen()).toEqual(['old']);
    await user.keyboard('{Escape}');
    expect(chosen()).toEqual([]);
  });

  it('are sorted by a heading, and the other way round at the second click', async () => {
    const { user } = await openImages();
    expect(rows()).toEqual(['alpine', 'base', 'debian', 'old']);
    await user.click(screen.getByRole('button', { name: 'On Disk' }));
    expect(rows()[0]).toBe('debian');
    await user.click(screen.getByRole('button', { name: 'Image' }));
    await user.click(screen.getByRole('button', { name: 'Image' }));
    expect(rows()).toEqual(['old', 'debian', 'base', 'alpine']);
    expect(screen.getByRole('columnheader', { name: 'Image' }).getAttribute('aria-sort')).toBe('descending');
  });

  it('keep a selection for what is shown only', async () => {
    const { user, client } = await openImages();
    await user.keyboard('{Control>}a{/Control}');
    await user.type(screen.getByRole('searchbox', { name: 'Search images' }), 'alpine');
    grid().focus();
    await user.keyboard('{Delete}');
    await user.click(within(await screen.findByRole('alertdialog')).getByRole('button', { name: 'Delete' }));
    expect(client.inputsOf('images.delete')).toEqual([{ ids: [alpine.id] }]);
  });
});

describe('The menu of an image', () => {
  it('opens at the pointer and by the keys for it, with what can be done with that image', async () => {
    const { user } = await openImages();
    await user.pointer({ keys: '[MouseRight]', target: row(/base/) });
    expect(await menuNames()).toEqual([
      'Make Machine…',
      'Show Its Machines',
      'Pull Again…',
      'Pull Another Tag…',
      'Push Under Another Name…',
      'Verify',
      'Unpin',
      'Copy Reference',
      'Copy Digest',
      'Delete…',
    ]);
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('menu')).toBeNull());
    expect(chosen()).toEqual(['base']);
    grid().focus();
    await user.keyboard('{End}{Shift>}{F10}{/Shift}');
    const names = await menuNames();
    expect(names).toContain('Pull Again…');
    expect(names).not.toContain('Make Machine…');
    expect(names).not.toContain('Push Under Another Name…');
  });

  it('is for all that are chosen when it opens on one of them, also from its button', async () => {
    const { user, client } = await openImages();
    await user.click(row(/alpine/));
    await user.keyboard('{Shift>}');
    await user.click(row(/debian/));
    await user.keyboard('{/Shift}');
    await user.pointer({ keys: '[MouseRight]', target: row(/base/) });
    expect(await menuNames()).toEqual([
      'Verify 3',
      'Pin 2',
      'Unpin 1',
      'Copy Reference 3',
      'Copy Digest 3',
      'Delete 3…',
    ]);
    await user.click(screen.getByRole('menuitem', { name: 'Pin 2' }));
    expect(client.inputsOf('images.pin')).toEqual([
      { id: alpine.id, pinned: true },
      { id: debian.id, pinned: true },
    ]);
    await user.click(within(row(/base/)).getByRole('button', { name: /^More/ }));
    expect(await menuNames()).toContain('Unpin 3');
    await user.keyboard('{Escape}');
    await user.click(within(row(/old/)).getByRole('button', { name: /^More/ }));
    expect(await menuNames()).toContain('Pin');
  });

  it('copies references and digests, one a line', async () => {
    const { user } = await openImages();
    await user.keyboard('{Control>}a{/Control}');
    await user.pointer({ keys: '[MouseRight]', target: row(/base/) });
    await user.click(await screen.findByRole('menuitem', { name: 'Copy Reference 4' }));
    const text = await navigator.clipboard.readText();
    expect(text.split('\n')).toEqual(['alpine', 'base', 'debian', 'old'].map((name) => `ghcr.io/org/${name}:latest`));
  });

  it('leads to another tag with the field for it ready', async () => {
    const { user } = await openImages();
    await user.pointer({ keys: '[MouseRight]', target: row(/base/) });
    await user.click(await screen.findByRole('menuitem', { name: 'Pull Another Tag…' }));
    const sheet = await screen.findByRole('dialog', { name: 'Pull Image' });
    expect(within(sheet).getByRole('textbox', { name: 'Reference' })).toHaveProperty('value', 'ghcr.io/org/base');
    expect(document.activeElement).toBe(within(sheet).getByRole('combobox', { name: 'Tag' }));
  });
});

describe('Keys on the page of images', () => {
  it('make a machine, and delete several after asking', async () => {
    const { user, client } = await openImages();
    await user.click(row(/alpine/));
    await user.keyboard('{Enter}');
    await screen.findByRole('dialog', { name: 'Machine from alpine:latest' });
    await user.keyboard('{Escape}');
    grid().focus();
    await user.keyboard('{Shift>}{ArrowDown}{/Shift}{Control>}{Backspace}{/Control}');
    const alert = await screen.findByRole('alertdialog', { name: 'Delete 2 images?' });
    await user.click(within(alert).getByRole('button', { name: 'Delete' }));
    expect(client.inputsOf('images.delete')).toEqual([{ ids: [alpine.id, base.id] }]);
    await waitFor(() => expect(rows()).toEqual(['debian', 'old']));
  });

  it('never reach a machine that was chosen before', async () => {
    const { user, client, shell } = await openLibrary({ vms: [machine('web')], cache: { images: [alpine] } });
    await user.click(screen.getByRole('option', { name: /web/ }));
    await user.click(screen.getByRole('button', { name: /^Images/ }));
    await user.keyboard('{Control>}{Backspace}{/Control}{Control>}d{/Control}');
    expect(screen.queryByRole('alertdialog')).toBeNull();
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(client.inputsOf('machines.start')).toEqual([]);
    expect(shell.enabled).not.toContain('machine.start');
    await user.click(row(/alpine/));
    expect(shell.enabled).toContain('image.make');
    await user.click(screen.getByRole('button', { name: /^All/ }));
    expect(shell.enabled).not.toContain('image.make');
  });
});

describe('The bar of several images', () => {
  it('verifies and unpins those that it can, and shows the job', async () => {
    const { user, client } = await openImages();
    await user.keyboard('{Control>}a{/Control}');
    const bar = screen.getByRole('toolbar', { name: 'Chosen images' });
    await user.click(within(bar).getByRole('button', { name: 'Unpin 1' }));
    expect(client.inputsOf('images.pin')).toEqual([{ id: base.id, pinned: false }]);
    await user.click(within(bar).getByRole('button', { name: 'Verify 4' }));
    await screen.findByRole('dialog', { name: 'Jobs' });
    expect(client.inputsOf('images.verify')).toEqual([{ ids: [alpine.id, base.id, debian.id, broken.id] }]);
  });
});
