import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { described } from '../../testing/fake-images.ts';
import { then } from '../../testing/fixtures.ts';
import { openLibrary } from '../../testing/open-library.tsx';

const ubuntu = 'ghcr.io/cirruslabs/ubuntu';

async function openPull(
  cache: NonNullable<Parameters<typeof openLibrary>[0]>['cache'],
): Promise<Awaited<ReturnType<typeof openLibrary>> & { sheet: HTMLElement }> {
  const opened = await openLibrary({ cache: cache ?? {} });
  await opened.user.click(screen.getByRole('button', { name: /^Images/ }));
  await opened.user.click(screen.getByRole('button', { name: 'Pull…' }));
  return { ...opened, sheet: screen.getByRole('dialog', { name: 'Pull Image' }) };
}

const remote = new Map([[ubuntu, described(ubuntu, { hereBytes: 0.4e9, state: 'partial' })]]);
const pullButton = (sheet: HTMLElement): HTMLElement => within(sheet).getByRole('button', { name: 'Pull' });

describe('The pull sheet', () => {
  it('says what a reference is, pulls it, makes a machine of it, and shows the job', async () => {
    const { client, user, sheet } = await openPull({ images: [], remote });
    expect(pullButton(sheet)).toHaveProperty('disabled', true);
    await user.type(within(sheet).getByRole('textbox', { name: 'Reference' }), ubuntu);
    const what = await within(sheet).findByRole('region', { name: 'What it is' });
    within(what).getByText('Linux, arm64, a disk of 20 GB');
    within(what).getByText('800 MB of 1.2 GB in 40 layers');
    const name = within(sheet).getByRole('textbox', { name: 'Name' });
    await waitFor(() => expect(name).toHaveProperty('value', 'ubuntu'));
    await waitFor(() => expect(pullButton(sheet)).toHaveProperty('disabled', false));
    await user.click(pullButton(sheet));
    await screen.findByRole('dialog', { name: 'Jobs' });
    expect(client.inputsOf('images.pull')).toMatchObject([
      { reference: ubuntu, insecure: false, machine: { name: 'ubuntu', start: true } },
    ]);
  });

  it('takes a tag beside the reference, and knows the colon of a port', async () => {
    const { client, user, sheet } = await openPull({ images: [], remote: new Map() });
    await user.type(within(sheet).getByRole('textbox', { name: 'Reference' }), 'localhost:5000/ci/base');
    await user.type(within(sheet).getByRole('combobox', { name: 'Tag' }), 'v2');
    await within(sheet).findByText('There is no localhost:5000/ci/base:v2.');
    // A registry of this computer is asked without encryption.
    expect(client.inputsOf('images.describe').at(-1)).toEqual({
      reference: 'localhost:5000/ci/base:v2',
      insecure: true,
    });
  });

  it('asks for a login in the same sheet, and goes on after it', async () => {
    const { client, user, sheet } = await openPull({ images: [], remote, guarded: new Set(['ghcr.io']) });
    await user.type(within(sheet).getByRole('textbox', { name: 'Reference' }), ubuntu);
    const form = await within(sheet).findByRole('form', { name: 'Log In' });
    await user.type(within(form).getByRole('textbox', { name: 'User name' }), 'mirko');
    await user.type(within(form).getByLabelText('Password'), 'wrong');
    await user.click(within(form).getByRole('button', { name: 'Log In' }));
    await within(form).findByText(/refused the name or the password/);
    await user.clear(within(form).getByLabelText('Password'));
    await user.type(within(form).getByLabelText('Password'), 'right');
    await user.click(within(form).getByRole('button', { name: 'Log In' }));
    await within(sheet).findByRole('region', { name: 'What it is' });
    expect(client.inputsOf('registries.logIn').at(-1)).toMatchObject({ host: 'ghcr.io', username: 'mirko' });
  });

  it('says what room is left, and what is pruned first where there is too little', async () => {
    const old = { id: 'x', kind: 'image', name: 'ghcr.io/org/old:1', bytes: 15e9, accessedAt: then } as const;
    const facts = { neededBytes: 16e9, freeBytes: 4e9, shortBytes: 12e9 };
    const found = new Map([
      [ubuntu, described(ubuntu)],
      [`${ubuntu}:prunes`, described(ubuntu, { ...facts, prunedFirst: [old] })],
      [`${ubuntu}:full`, described(ubuntu, facts)],
      [`${ubuntu}:off`, described(ubuntu, { ...facts, isPruningOff: true })],
    ]);
    const { user, sheet } = await openPull({ images: [], remote: found });
    await user.type(within(sheet).getByRole('textbox', { name: 'Reference' }), ubuntu);
    await within(sheet).findByText('200 GB free, at least 180 GB after the pull');
    const tag = within(sheet).getByRole('combobox', { name: 'Tag' });
    await user.type(tag, 'prunes');
    const pruned = await within(sheet).findByRole('region', { name: 'What is pruned first' });
    within(pruned).getByText('Needs 12 GB more space to be sure.');
    within(pruned).getByText('ghcr.io/org/old:1');
    within(pruned).getByText(/frees at most 15 GB, and at least 3 GB are left after the pull/);
    within(sheet).getByRole('button', { name: 'Prune and Pull' });
    await user.clear(tag);
    await user.type(tag, 'full');
    await within(sheet).findByText(/would not be enough, so none is/);
    expect(pullButton(sheet)).toBeDefined();
    await user.clear(tag);
    await user.type(tag, 'off');
    await within(sheet).findByText(/Automatic pruning is switched off/);
  });

  it('says that tags or the catalog can’t be read, and reads the catalog again', async () => {
    const { client, user } = await openLibrary({ cache: { images: [], remote } });
    client.refuse('images.catalog', { code: 'unexpected', message: 'The list is broken.' });
    client.refuse('images.tags', { code: 'registry-refused', message: 'ghcr.io keeps its tags to itself.' });
    await user.click(screen.getByRole('button', { name: /^Images/ }));
    await user.click(screen.getByRole('button', { name: 'Pull…' }));
    const sheet = screen.getByRole('dialog', { name: 'Pull Image' });
    await within(sheet).findByText(/The list is broken/);
    client.refuse('images.catalog', undefined);
    await user.click(within(sheet).getByRole('button', { name: 'Try Again' }));
    await within(sheet).findByRole('region', { name: 'Catalog' });
    await user.type(within(sheet).getByRole('textbox', { name: 'Reference' }), ubuntu);
    await within(sheet).findByText(/can’t be listed: ghcr.io keeps its tags to itself/);
    await within(sheet).findByRole('region', { name: 'What it is' });
  });

  it('warns of a password without encryption, and not of one that stays on this computer', async () => {
    const guarded = new Set(['registry.acme.dev', 'localhost:5000']);
    const { client, user, sheet } = await openPull({ images: [], remote, guarded });
    const field = within(sheet).getByRole('textbox', { name: 'Reference' });
    await user.type(field, 'registry.acme.dev/ci/base');
    await within(sheet).findByRole('form', { name: 'Log In' });
    expect(within(sheet).queryByText(/sent in the clear/)).toBeNull();
    await user.click(within(sheet).getByText('Advanced'));
    await user.click(within(sheet).getByRole('checkbox', { name: /Without encryption/ }));
    const form = await within(sheet).findByRole('form', { name: 'Log In' });
    within(form).getByText(/sent in the clear/);
    await user.type(within(form).getByRole('textbox', { name: 'User name' }), 'ci');
    await user.type(within(form).getByLabelText('Password'), 'right{Enter}');
    expect(client.inputsOf('registries.logIn')).toMatchObject([{ host: 'registry.acme.dev', insecure: true }]);
    await user.clear(field);
    await user.type(field, 'localhost:5000/ci/base');
    await within(sheet).findByRole('form', { name: 'Log In' });
    expect(within(sheet).queryByText(/sent in the clear/)).toBeNull();
  });

  it('offers the catalog, filtered, with what does not run here', async () => {
    const { user, sheet } = await openPull({ images: [], remote });
    const catalog = await within(sheet).findByRole('region', { name: 'Catalog' });
    within(catalog).getByText('Does not run here');
    await user.click(within(catalog).getByRole('button', { name: 'Linux' }));
    expect(within(catalog).queryByText('macOS 26 Tahoe')).toBeNull();
    await user.click(within(catalog).getByRole('button', { name: /^Ubuntu/ }));
    expect(within(sheet).getByRole('textbox', { name: 'Reference' })).toHaveProperty('value', `${ubuntu}:latest`);
  });
});
