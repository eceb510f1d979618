import { act, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { machine } from '../../testing/fixtures.ts';
import { openLibrary } from '../../testing/open-library.tsx';

const refused = { code: 'paths-not-confirmed', message: '“web” opens what lies outside of its folder.' } as const;
const pathsToAllow = [
  { kind: 'disk', path: '/etc/shadow', writable: true },
  { kind: 'folder', path: '/home/me\u202Egnp', writable: false },
] as const;

/** A machine that asks for more than its folder, and was asked to start. */
async function start() {
  const library = await openLibrary({ vms: [machine('web')], pathsToAllow });
  library.client.refuse('machines.start', refused);
  act(() => library.app.view.setState({ selection: new Set(['local:web']) }));
  await library.user.keyboard('{Alt>}r{/Alt}');
  return { ...library, sheet: await screen.findByRole('dialog', { name: /“web” opens files outside of its folder/ }) };
}

describe('A machine that opens files outside of its folder', () => {
  it('says which before it starts, and starts when that is allowed', async () => {
    const { client, user, sheet } = await start();
    expect(
      within(sheet)
        .getAllByRole('listitem')
        .map(({ textContent }) => textContent),
    ).toEqual(['/etc/shadowDisk, read and write', '"/home/me\\u202egnp"Folder and all that is in it, read only']);
    client.refuse('machines.start', undefined);
    await user.click(within(sheet).getByRole('button', { name: 'Allow and Start' }));
    expect(client.inputsOf('vms.allowPaths')).toEqual([{ id: 'local:web', paths: pathsToAllow }]);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(client.inputsOf('machines.start')).toHaveLength(2);
  });

  it('stays as it is when that is not allowed, which Return does', async () => {
    const { client, user, sheet } = await start();
    expect(document.activeElement).toBe(within(sheet).getByRole('button', { name: 'Cancel' }));
    await user.keyboard('{Enter}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(client.inputsOf('vms.allowPaths')).toEqual([]);
    expect(client.inputsOf('machines.start')).toHaveLength(1);
  });

  it('says why nothing was allowed', async () => {
    const { client, user, sheet } = await start();
    client.refuse('vms.allowPaths', { code: 'not-allowed', message: 'It has changed meanwhile.' });
    await user.click(within(sheet).getByRole('button', { name: 'Allow and Start' }));
    expect(await within(sheet).findByText('It has changed meanwhile.')).toBeTruthy();
    expect(client.inputsOf('machines.start')).toHaveLength(1);
  });
});
