import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { openLibrary } from '../../testing/open-library.tsx';

describe('The registries', () => {
  it('are listed with where each login is from; only our own can be forgotten, and one is added', async () => {
    const { client, user } = await openLibrary({
      cache: {
        registries: [
          { host: 'ghcr.io', username: 'mirko', source: 'docker-config', canLogOut: false },
          { host: 'registry.acme.dev', username: 'ci', source: 'keychain', canLogOut: true },
        ],
      },
    });
    await user.click(screen.getByRole('button', { name: /^Images/ }));
    await user.click(screen.getByRole('button', { name: 'Registries…' }));
    const sheet = screen.getByRole('dialog', { name: 'Registries' });
    await within(sheet).findByText('mirko, from Docker’s configuration');
    await user.click(within(sheet).getByRole('button', { name: 'Log Out' }));
    expect(client.inputsOf('registries.logOut')).toEqual([{ host: 'registry.acme.dev' }]);
    await waitFor(() => expect(within(sheet).queryByText('registry.acme.dev')).toBeNull());
    await user.type(within(sheet).getByRole('textbox', { name: 'Registry' }), 'quay.io');
    await user.type(within(sheet).getByRole('textbox', { name: 'User name' }), 'me');
    await user.type(within(sheet).getByLabelText('Password'), 'right{Enter}');
    await within(sheet).findByText('me, in this computer’s keyring');
    expect(within(sheet).queryByRole('form')).toBeNull();
  });

  it('are logged in to without encryption only with a warning, unless they are on this computer', async () => {
    const { client, user } = await openLibrary();
    await user.click(screen.getByRole('button', { name: /^Images/ }));
    await user.click(screen.getByRole('button', { name: 'Registries…' }));
    const sheet = screen.getByRole('dialog', { name: 'Registries' });
    const host = within(sheet).getByRole('textbox', { name: 'Registry' });
    await user.type(host, '127.0.0.1:5000');
    const http = within(sheet).getByRole('checkbox', { name: /Without encryption/ });
    expect(http).toHaveProperty('checked', true);
    expect(within(sheet).queryByText(/sent in the clear/)).toBeNull();
    await user.clear(host);
    await user.type(host, 'registry.acme.dev');
    expect(within(sheet).getByRole('checkbox', { name: /Without encryption/ })).toHaveProperty('checked', false);
    await user.click(within(sheet).getByRole('checkbox', { name: /Without encryption/ }));
    within(sheet).getByText(/sent in the clear/);
    await user.type(within(sheet).getByRole('textbox', { name: 'User name' }), 'me');
    await user.type(within(sheet).getByLabelText('Password'), 'right{Enter}');
    expect(client.inputsOf('registries.logIn')).toMatchObject([{ host: 'registry.acme.dev', insecure: true }]);
  });
});
