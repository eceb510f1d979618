import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { machine } from '../testing/fixtures.ts';
import { openLibrary } from '../testing/open-library.tsx';

describe.each(['icons', 'list'])('The machines as %s', (view) => {
  const chosen = (): (string | undefined)[] =>
    [...document.querySelectorAll('[aria-selected="true"]')].map((item) => item.querySelector('b')?.textContent);

  it('open the menu of the one that the arrows reached, whose keys are its own', async () => {
    const { user, app } = await openLibrary({ vms: [machine('a'), machine('b'), machine('c')], kept: { view } });
    document.querySelector<HTMLElement>('.pane')?.focus();
    await user.keyboard('{ArrowDown}{Shift>}{F10}{/Shift}');
    const menu = await screen.findByRole('menu');
    expect(within(menu).getByRole('menuitem', { name: /^Start/ })).toBeDefined();
    await user.keyboard('{ArrowDown}{ArrowDown}');
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('menu')).toBeNull());
    expect(app.view.getState().selection).toEqual(new Set(['local:a']));
    await user.keyboard('{ContextMenu}');
    await user.click(within(await screen.findByRole('menu')).getByRole('menuitem', { name: /^Duplicate/ }));
    await screen.findByRole('textbox', { name: 'Name of the copy' });
    expect(chosen()).toEqual(['a']);
  });
});
