import { act, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { machine, noAnnotations, running, unreadable, variedLibrary } from '../testing/fixtures.ts';
import { fakeShell } from '../testing/fake-shell.ts';
import { openLibrary } from '../testing/open-library.tsx';

/** What a card is read as first: its name and its state. */
function title(card: HTMLElement): string {
  return `${card.querySelector('.vm-name')?.textContent}, ${card.querySelector('.state-mark')?.textContent}`;
}
const cards = (): string[] => screen.getAllByRole('option').map(title);
/** Of the machines; the inspector has choices of its own. */
const chosen = (): string[] =>
  within(screen.getByRole('listbox')).queryAllByRole('option', { selected: true }).map(title);

describe('the library as icons', () => {
  it('shows each machine with its state in a word', async () => {
    await openLibrary({ vms: variedLibrary() });
    expect(cards()).toEqual([
      'alpine-db, Running',
      'build-2, Suspended',
      'build-10, Paused',
      'desktop, Stopped',
      'mac-build, Stopped',
      'nightly, Starting',
      'old-copy, Unreadable',
      'port-clash, Failed',
    ]);
  });

  it('says the one thing to know of each', async () => {
    await openLibrary({ vms: variedLibrary() });
    const card = (name: RegExp): HTMLElement => screen.getByRole('option', { name });
    expect(within(card(/alpine-db/)).getByText('10.0.2.15')).toBeTruthy();
    expect(within(card(/old-copy/)).getByText('config.json ends in line 14')).toBeTruthy();
    expect(within(card(/port-clash/)).getByText('Port 2222 is taken by another program.')).toBeTruthy();
    expect(within(card(/mac-build/)).getByText('macOS guests need a Mac with an Apple chip.')).toBeTruthy();
  });

  it('chooses by click, by ⌘ or Ctrl, and as a range by ⇧', async () => {
    const { user } = await openLibrary({ vms: variedLibrary() });
    await user.click(screen.getByRole('option', { name: /build-2/ }));
    expect(chosen()).toEqual(['build-2, Suspended']);
    await user.keyboard('{Control>}');
    await user.click(screen.getByRole('option', { name: /desktop/ }));
    await user.keyboard('{/Control}');
    expect(chosen()).toEqual(['build-2, Suspended', 'desktop, Stopped']);
    await user.keyboard('{Shift>}');
    await user.click(screen.getByRole('option', { name: /nightly/ }));
    await user.keyboard('{/Shift}');
    expect(chosen()).toEqual(['desktop, Stopped', 'mac-build, Stopped', 'nightly, Starting']);
  });

  it('goes by arrows in two dimensions, and by letters', async () => {
    const { user } = await openLibrary({ vms: variedLibrary() });
    const list = screen.getByRole('listbox', { name: 'Virtual machines' });
    list.focus();
    await user.keyboard('{ArrowDown}');
    expect(chosen()).toEqual(['alpine-db, Running']);
    // A thousand pixels hold four columns.
    await user.keyboard('{ArrowDown}');
    expect(chosen()).toEqual(['mac-build, Stopped']);
    await user.keyboard('{ArrowRight}');
    expect(chosen()).toEqual(['nightly, Starting']);
    expect(list.getAttribute('aria-activedescendant')).toBe(within(list).getByRole('option', { selected: true }).id);
    await user.keyboard('po');
    expect(chosen()).toEqual(['port-clash, Failed']);
    await user.keyboard('{Escape}');
    expect(chosen()).toEqual([]);
  });

  it('opens the console of a running machine by a double click', async () => {
    const { user, shell, client } = await openLibrary({ vms: variedLibrary() });
    await user.dblClick(screen.getByRole('option', { name: /alpine-db/ }));
    expect(shell.opened).toEqual(['local:alpine-db']);
    expect(client.inputsOf('machines.start')).toEqual([]);
  });

  it('starts a stopped machine by a double click, and opens its console', async () => {
    const { user, shell, client } = await openLibrary({ vms: variedLibrary() });
    await user.dblClick(screen.getByRole('option', { name: /desktop/ }));
    expect(client.inputsOf('machines.start')).toEqual([{ id: 'local:desktop' }]);
    expect(shell.opened).toEqual(['local:desktop']);
  });

  it('leaves alone what can’t be run', async () => {
    const { user, shell, client } = await openLibrary({ vms: variedLibrary() });
    await user.dblClick(screen.getByRole('option', { name: /mac-build/ }));
    await user.dblClick(screen.getByRole('option', { name: /old-copy/ }));
    expect(client.inputsOf('machines.start')).toEqual([]);
    expect(shell.opened).toEqual([]);
  });

  it('renames in place with Return', async () => {
    const { user, client } = await openLibrary({ vms: variedLibrary() });
    await user.click(screen.getByRole('option', { name: /desktop/ }));
    await user.keyboard('{Enter}');
    const field = screen.getByRole('textbox', { name: 'New name of desktop' });
    await user.clear(field);
    await user.type(field, 'no/slash{Enter}');
    expect((await screen.findByRole('alert')).textContent).toMatch(/^A name can.t have a slash/);
    await user.clear(field);
    await user.type(field, 'laptop{Enter}');
    expect(await screen.findByRole('option', { name: /laptop/, selected: true })).toBeTruthy();
    expect([...client.world.vms.keys()]).toContain('local:laptop');
  });

  it('shows what changes elsewhere', async () => {
    const { client } = await openLibrary({ vms: [machine('a')] });
    act(() => client.tell('vm.changed', { vm: machine('a', { state: running }) }));
    act(() => client.tell('vm.changed', { vm: unreadable('b') }));
    expect(cards()).toEqual(['a, Running', 'b, Unreadable']);
    act(() => client.tell('vm.removed', { id: 'local:b' }));
    expect(cards()).toEqual(['a, Running']);
  });

  it('draws only the rows in sight of a thousand', async () => {
    await openLibrary({ vms: Array.from({ length: 1000 }, (_, index) => machine(`vm-${index}`)) });
    const drawn = screen.getAllByRole('option').length;
    expect(drawn).toBeGreaterThan(12);
    expect(drawn).toBeLessThan(100);
    expect(screen.getByText('1,000 virtual machines', { selector: '.status-bar *' })).toBeTruthy();
  });
});

describe('the library as a list', () => {
  const kept = { view: 'list' };

  it('has a row for each machine and a column for each fact', async () => {
    await openLibrary({ vms: variedLibrary(), kept });
    const grid = screen.getByRole('grid', { name: 'Virtual machines' });
    const rows = within(grid).getAllByRole('row');
    expect(rows).toHaveLength(9);
    const cells = within(rows[1]!).getAllByRole('gridcell');
    expect(cells.map(({ textContent }) => textContent).slice(1, 7)).toEqual([
      'Running',
      'Linux',
      '10.0.2.15',
      '2',
      '2 GB',
      '3.0 of 20',
    ]);
  });

  it('sorts by a column’s heading, and turns round at the second click', async () => {
    const { user } = await openLibrary({ vms: variedLibrary(), kept });
    const first = (): string | null =>
      within(screen.getByRole('grid')).getAllByRole('row')[1]?.querySelector('b')?.textContent ?? null;
    await user.click(screen.getByRole('button', { name: 'Name' }));
    expect(first()).toBe('port-clash');
    expect(screen.getByRole('columnheader', { name: 'Name' }).getAttribute('aria-sort')).toBe('descending');
    await user.click(screen.getByRole('button', { name: 'State' }));
    expect(first()).toBe('alpine-db');
    expect(screen.getByRole('columnheader', { name: 'Name' }).getAttribute('aria-sort')).not.toBe('descending');
  });

  it('gives the place of silent columns to a reason', async () => {
    await openLibrary({ vms: variedLibrary(), kept });
    const row = screen.getByText('Port 2222 is taken by another program.').closest('[role=row]');
    expect(row?.getAttribute('aria-selected')).toBe('false');
  });
});

describe('the sidebar', () => {
  const vms = [
    machine('a', { state: running, annotations: { ...noAnnotations, tags: ['ci'] } }),
    machine('b', { annotations: { ...noAnnotations, tags: ['ci', 'web'] } }),
    machine('c'),
  ];

  it('counts machines by state and tag, and shows those', async () => {
    const { user } = await openLibrary({ vms });
    const sidebar = screen.getByRole('navigation', { name: 'Library' });
    expect(within(sidebar).getByRole('button', { name: /^All/ }).textContent).toBe('All3');
    await user.click(within(sidebar).getByRole('button', { name: /^Running/ }));
    expect(cards()).toEqual(['a, Running']);
    await user.click(within(sidebar).getByRole('button', { name: /^ci/ }));
    expect(cards()).toEqual(['a, Running', 'b, Stopped']);
    expect(within(sidebar).getByRole('button', { name: /^ci/ }).getAttribute('aria-current')).toBe('page');
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('ci');
  });

  it('says what would appear where nothing does', async () => {
    const { user } = await openLibrary({ vms });
    await user.click(screen.getByRole('button', { name: /^Suspended/ }));
    expect(screen.getByText(/No machine is suspended/)).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Show All' }));
    expect(cards()).toHaveLength(3);
  });

  it('says how much memory running machines are given', async () => {
    await openLibrary({ vms });
    expect(screen.getByText('2 GB of 16 GB memory given')).toBeTruthy();
  });

  it('is hidden and shown again', async () => {
    const { user } = await openLibrary({ vms });
    await user.click(screen.getByRole('button', { name: /Hide Sidebar/ }));
    expect(screen.queryByRole('navigation', { name: 'Library' })).toBeNull();
    await user.click(screen.getByRole('button', { name: /Show Sidebar/ }));
    expect(screen.getByRole('navigation', { name: 'Library' })).toBeTruthy();
  });
});

describe('a narrow window', () => {
  const onlyWidth = (pixels: number) => (media: string) => {
    const max = Number(/max-width: ([\d.]+)px/.exec(media)?.[1] ?? Number.NaN);
    return Object.assign(new EventTarget(), { media, matches: pixels <= max });
  };

  it('keeps the inspector closed until it is asked for', async () => {
    vi.stubGlobal('matchMedia', onlyWidth(1000));
    const { user } = await openLibrary({ vms: variedLibrary() });
    expect(screen.getByRole('navigation', { name: 'Library' })).toBeTruthy();
    expect(screen.queryByRole('complementary', { name: 'Inspector' })).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Inspector' }));
    expect(screen.getByRole('complementary', { name: 'Inspector' })).toBeTruthy();
  });

  it('has one panel open at a time, and closes the sidebar when something is chosen in it', async () => {
    vi.stubGlobal('matchMedia', onlyWidth(700));
    const { user } = await openLibrary({ vms: variedLibrary() });
    await user.click(screen.getByRole('button', { name: 'Inspector' }));
    await user.click(screen.getByRole('button', { name: 'Show Sidebar' }));
    expect(screen.queryByRole('complementary', { name: 'Inspector' })).toBeNull();
    await user.click(screen.getByRole('button', { name: /^Suspended/ }));
    expect(screen.queryByRole('navigation', { name: 'Library' })).toBeNull();
    expect(cards()).toEqual(['build-2, Suspended']);
  });
});

describe('search', () => {
  it('finds while typing, says so where nothing fits, and clears', async () => {
    const { user } = await openLibrary({ vms: variedLibrary() });
    await user.keyboard('{Control>}f{/Control}');
    const search = screen.getByRole('searchbox', { name: 'Search' });
    expect(document.activeElement).toBe(search);
    await user.keyboard('build');
    expect(cards()).toEqual(['build-2, Suspended', 'build-10, Paused', 'mac-build, Stopped']);
    await user.keyboard('zzz');
    expect(screen.getByText(/“buildzzz”/)).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Clear Search' }));
    expect(cards()).toHaveLength(8);
  });
});

describe('keys', () => {
  it('work on no machine that is chosen but not shown', async () => {
    const { user, client } = await openLibrary({ vms: variedLibrary() });
    await user.keyboard('{Control>}a{/Control}');
    await user.type(screen.getByRole('searchbox'), 'build-10');
    await user.keyboard('{Control>}{Alt>}s{/Alt}{/Control}');
    expect(client.inputsOf('machines.suspend')).toEqual([{ id: 'local:build-10' }]);
  });

  it('switch between icons and list', async () => {
    const { user } = await openLibrary({ vms: variedLibrary() });
    await user.keyboard('{Alt>}2{/Alt}');
    expect(screen.getByRole('grid')).toBeTruthy();
    await user.keyboard('{Alt>}1{/Alt}');
    expect(screen.getByRole('listbox')).toBeTruthy();
  });

  it('choose all machines from anywhere but a text field', async () => {
    const { user } = await openLibrary({ vms: variedLibrary() });
    await user.keyboard('{Control>}a{/Control}');
    expect(chosen()).toHaveLength(8);
    await user.click(screen.getByRole('searchbox'));
    await user.keyboard('build{Control>}a{/Control}');
    expect(chosen()).toHaveLength(3);
    await user.keyboard('{Escape}');
    expect(chosen()).toHaveLength(8);
  });

  it('stay with the machines when the view is switched', async () => {
    const { user } = await openLibrary({ vms: variedLibrary() });
    screen.getByRole('listbox').focus();
    await user.keyboard('{Alt>}2{/Alt}{ArrowDown}');
    expect(screen.getAllByRole('row', { selected: true })).toHaveLength(1);
  });

  it('F6 goes round the parts of the window, ⇧F6 the other way', async () => {
    const { user } = await openLibrary({ vms: variedLibrary() });
    const region = (): string | undefined =>
      document.activeElement?.closest<HTMLElement>('[data-region]')?.dataset.region;
    const seen: (string | undefined)[] = [];
    for (let step = 0; step < 5; step++) {
      await user.keyboard('{F6}');
      seen.push(region());
    }
    expect(seen).toEqual(['sidebar', 'toolbar', 'content', 'inspector', 'status']);
    await user.keyboard('{Shift>}{F6}{/Shift}');
    expect(region()).toBe('inspector');
  });

  it('run what the shell’s menus send, and tell them what can be run', async () => {
    const { user, shell, client } = await openLibrary({ vms: variedLibrary() });
    expect(shell.enabled).not.toContain('machine.pause');
    await user.click(screen.getByRole('option', { name: /alpine-db/ }));
    expect(shell.enabled).toContain('machine.pause');
    expect(shell.enabled).not.toContain('machine.start');
    expect(shell.enabled).toContain('app.settings');
    act(() => shell.send('machine.pause'));
    expect(client.inputsOf('machines.pause')).toEqual([{ id: 'local:alpine-db' }]);
  });

  it('belong to a sheet while one is open', async () => {
    const { user } = await openLibrary({ vms: variedLibrary() });
    await user.keyboard('{Control>}k{/Control}');
    await user.keyboard('{Alt>}2{/Alt}');
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(screen.getByRole('listbox', { name: 'Virtual machines' })).toBeTruthy();
  });
});

describe('what concerns the whole library', () => {
  it('is said while the other side does not answer', async () => {
    const { client } = await openLibrary({ vms: variedLibrary() });
    act(() => client.setConnection('lost'));
    expect(screen.getByRole('alert').textContent).toContain('Tatin does not answer.');
    expect(cards()).toHaveLength(8);
    act(() => client.setConnection('connected'));
    await waitFor(() => expect(screen.queryByRole('alert')).toBeNull());
  });

  it('shows places for cards while the first list takes its time', async () => {
    await openLibrary({ vms: variedLibrary(), connection: 'connecting' });
    expect(await screen.findByLabelText('Loading')).toBeTruthy();
    expect(screen.queryByText('Make your first virtual machine')).toBeNull();
  });
});

describe('the context menu', () => {
  it('offers what works on the machine under the pointer, and runs it', async () => {
    const { user, client } = await openLibrary({ vms: variedLibrary() });
    await user.pointer({ keys: '[MouseRight]', target: screen.getByRole('option', { name: /alpine-db/ }) });
    const menu = await screen.findByRole('menu');
    const items = within(menu).getAllByRole('menuitem');
    const names = items.map(({ textContent }) => textContent);
    expect(names.some((name) => name.startsWith('Suspend'))).toBe(true);
    expect(names.some((name) => name.startsWith('Start'))).toBe(false);
    await user.click(within(menu).getByRole('menuitem', { name: /^Suspend/ }));
    expect(client.inputsOf('machines.suspend')).toEqual([{ id: 'local:alpine-db' }]);
  });

  it('reveals a folder only where the shell can', async () => {
    const { user } = await openLibrary({ vms: variedLibrary() });
    await user.pointer({ keys: '[MouseRight]', target: screen.getByRole('option', { name: /desktop/ }) });
    expect(within(await screen.findByRole('menu')).queryByRole('menuitem', { name: /Finder|Folder/ })).toBeNull();
  });

  it('names the file manager as the system does', async () => {
    const revealed: string[] = [];
    const shell = fakeShell({ kind: 'desktop', platform: 'darwin', reveal: (path) => revealed.push(path) });
    const { user } = await openLibrary({ vms: variedLibrary(), shell });
    await user.pointer({ keys: '[MouseRight]', target: screen.getByRole('option', { name: /desktop/ }) });
    await user.click(within(await screen.findByRole('menu')).getByRole('menuitem', { name: /Show in Finder/ }));
    expect(revealed).toEqual(['/home/user/.tart/vms/desktop']);
  });
});

describe('several machines', () => {
  it('have one bar, with how many each verb works on', async () => {
    const { user, client } = await openLibrary({ vms: variedLibrary() });
    screen.getByRole('listbox').focus();
    await user.keyboard('{Control>}a{/Control}');
    const bar = screen.getByRole('toolbar', { name: /8 selected|Chosen machines/ });
    expect(within(bar).getByText('8 selected')).toBeTruthy();
    expect(within(bar).getByRole('button', { name: 'Shut Down 1' })).toBeTruthy();
    expect(within(bar).getByRole('button', { name: 'Resume 1' })).toBeTruthy();
    await user.click(within(bar).getByRole('button', { name: 'Suspend 2' }));
    expect(client.inputsOf('machines.suspend').map(({ id }) => id)).toEqual(['local:alpine-db', 'local:build-10']);
    await user.click(within(bar).getByRole('button', { name: 'Clear Selection' }));
    expect(screen.queryByText('8 selected')).toBeNull();
  });
});
