import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { image } from '../../testing/fake-images.ts';
import { machine } from '../../testing/fixtures.ts';
import { openLibrary } from '../../testing/open-library.tsx';

const ubuntu = image('ghcr.io/cirruslabs/ubuntu', { tags: ['24.04', 'latest'], usedBy: ['local:web'] });
const broken = image('registry.acme.dev/ci/base', { tags: [], pinned: true, error: 'nvram.bin is missing' });

async function openImages(start: Parameters<typeof openLibrary>[0] = {}): ReturnType<typeof openLibrary> {
  const opened = await openLibrary({ vms: [machine('web')], cache: { images: [ubuntu, broken] }, ...start });
  await opened.user.click(screen.getByRole('button', { name: /^Images/ }));
  return opened;
}

const row = (name: string): HTMLElement => screen.getByRole('row', { name: new RegExp(name) });

describe('The images page', () => {
  it('shows each image with its size and who is made from it, and what is broken with the reason', async () => {
    const { user } = await openImages();
    expect(screen.getByText('2 images, 5 GB on disk')).toBeDefined();
    within(row('ubuntu:24.04')).getByText(/also latest/);
    within(row('base@')).getByText('nvram.bin is missing');
    within(row('base@')).getByText('pinned');
    expect(within(row('base@')).getByRole('button', { name: 'Make Machine…' })).toHaveProperty('disabled', true);
    await user.click(within(row('ubuntu')).getByRole('button', { name: 'web' }));
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('All');
  });

  it('is searched by name, tag and digest', async () => {
    const { user } = await openImages();
    await user.type(screen.getByRole('searchbox', { name: 'Search images' }), 'ubuntu 24');
    expect(screen.getAllByRole('row')).toHaveLength(2);
    await user.clear(screen.getByRole('searchbox', { name: 'Search images' }));
    await user.type(screen.getByRole('searchbox', { name: 'Search images' }), 'nothing');
    await user.click(screen.getByRole('button', { name: 'Clear Search' }));
    expect(screen.getAllByRole('row')).toHaveLength(3);
  });

  it('pins and deletes, the latter only after it was confirmed', async () => {
    const { client, user } = await openImages();
    await user.click(within(row('ubuntu')).getByRole('button', { name: /^More/ }));
    await user.click(screen.getByRole('menuitem', { name: 'Pin' }));
    expect(client.inputsOf('images.pin')).toEqual([{ id: ubuntu.id, pinned: true }]);
    await within(row('ubuntu')).findByText('pinned');
    await user.click(within(row('ubuntu')).getByRole('button', { name: /^More/ }));
    await user.click(screen.getByRole('menuitem', { name: 'Delete…' }));
    const alert = screen.getByRole('alertdialog', { name: 'Delete “ubuntu:24.04”?' });
    await user.click(within(alert).getByRole('button', { name: 'Delete' }));
    expect(client.inputsOf('images.delete')).toEqual([{ ids: [ubuntu.id] }]);
    await waitFor(() => expect(screen.queryByRole('row', { name: /ubuntu/ })).toBeNull());
  });

  it('makes a machine under a free name', async () => {
    const { client, user } = await openImages();
    await user.click(within(row('ubuntu')).getByRole('button', { name: 'Make Machine…' }));
    const sheet = screen.getByRole('dialog', { name: 'Machine from ubuntu:24.04' });
    const field = within(sheet).getByRole('textbox', { name: 'Name' });
    await waitFor(() => expect(field).toHaveProperty('value', 'ubuntu'));
    await user.clear(field);
    await user.type(field, 'web');
    await within(sheet).findByText('There is already a machine of this name.');
    expect(within(sheet).getByRole('button', { name: 'Make' })).toHaveProperty('disabled', true);
    await user.type(field, '2');
    await waitFor(() => expect(within(sheet).getByRole('button', { name: 'Make' })).toHaveProperty('disabled', false));
    await user.click(within(sheet).getByRole('button', { name: 'Make' }));
    expect(client.inputsOf('images.clone')).toMatchObject([{ id: ubuntu.id, name: 'web2', start: true }]);
  });

  it('offers the first pull where there is none', async () => {
    const { user } = await openImages({ cache: { images: [] } });
    screen.getByText('No images yet');
    await user.click(screen.getByRole('button', { name: 'Pull Image…' }));
    screen.getByRole('dialog', { name: 'Pull Image' });
  });
});

describe('Pruning', () => {
  it('shows what goes and why the rest stays, and takes only what is chosen', async () => {
    const other = image('ghcr.io/cirruslabs/debian');
    const { client, user } = await openImages({ cache: { images: [ubuntu, other, broken] } });
    await user.click(screen.getByRole('button', { name: 'Prune…' }));
    const sheet = screen.getByRole('dialog', { name: 'Prune Images' });
    await within(sheet).findByText('Deletes 2 of 3, at most 5 GB');
    within(sheet).getByText(/stays: pinned/);
    await user.click(within(sheet).getByRole('checkbox', { name: 'Prune ghcr.io/cirruslabs/debian' }));
    within(sheet).getByText('Deletes 1 of 3, at most 2.5 GB');
    await user.selectOptions(within(sheet).getByRole('combobox', { name: 'Delete' }), 'Not used for 7 days');
    await user.click(within(sheet).getByRole('button', { name: 'Prune' }));
    expect(client.inputsOf('images.prunePreview').at(-1)).toMatchObject({ olderThanDays: 7 });
    expect(client.inputsOf('images.prune')).toEqual([{ entries: 'caches', olderThanDays: 7, only: [ubuntu.id] }]);
  });
});

describe('Pushing a machine', () => {
  it('goes under several names with labels, after a login where one is asked for', async () => {
    const { client, user } = await openImages({ cache: { guarded: new Set(['registry.acme.dev']) } });
    await user.click(screen.getByRole('button', { name: /^All/ }));
    client.world.cache.guarded.add('registry.acme.dev');
    await user.pointer({ keys: '[MouseRight]', target: screen.getByRole('option', { name: /web/ }) });
    await user.click(screen.getByRole('menuitem', { name: 'Push…' }));
    const sheet = screen.getByRole('dialog', { name: 'Push “web”' });
    await user.type(
      within(sheet).getByRole('textbox', { name: 'References' }),
      'registry.acme.dev/a:1 registry.acme.dev/a:2',
    );
    await user.type(within(sheet).getByRole('textbox', { name: 'Labels' }), 'team=ci, empty');
    await user.click(within(sheet).getByRole('button', { name: 'Push' }));
    await within(sheet).findByText('registry.acme.dev asks you to log in');
    await user.type(within(sheet).getByRole('textbox', { name: 'User name' }), 'mirko');
    await user.type(within(sheet).getByLabelText('Password'), 'right');
    await user.click(within(sheet).getByRole('button', { name: 'Log In' }));
    await screen.findByRole('dialog', { name: 'Jobs' });
    expect(client.inputsOf('images.push').at(-1)).toMatchObject({
      source: { from: 'vm', id: 'local:web' },
      references: ['registry.acme.dev/a:1', 'registry.acme.dev/a:2'],
      labels: { team: 'ci', empty: '' },
      insecure: false,
    });
  });

  it('is offered in the inspector too', async () => {
    const { user } = await openLibrary({ vms: [machine('web')] });
    await user.click(screen.getByRole('option', { name: /web/ }));
    const inspector = screen.getByRole('complementary', { name: 'Inspector' });
    await user.click(within(inspector).getByRole('button', { name: 'More' }));
    await user.click(screen.getByRole('menuitem', { name: 'Push…' }));
    screen.getByRole('dialog', { name: 'Push “web”' });
  });

  it('gives an image another tag beside its own', async () => {
    const { client, user } = await openImages();
    await user.click(within(row('ubuntu')).getByRole('button', { name: /^More/ }));
    await user.click(screen.getByRole('menuitem', { name: 'Push Under Another Name…' }));
    const sheet = screen.getByRole('dialog', { name: 'Push ghcr.io/cirruslabs/ubuntu:24.04' });
    const field = within(sheet).getByRole('textbox', { name: 'References' });
    expect(field).toHaveProperty('value', 'ghcr.io/cirruslabs/ubuntu:');
    expect(within(sheet).getByRole('button', { name: 'Push' })).toHaveProperty('disabled', true);
    await user.type(field, 'stable');
    await user.click(within(sheet).getByRole('button', { name: 'Push' }));
    await screen.findByRole('dialog', { name: 'Jobs' });
    expect(client.inputsOf('images.push')).toMatchObject([
      {
        source: { from: 'image', reference: 'ghcr.io/cirruslabs/ubuntu:24.04' },
        references: ['ghcr.io/cirruslabs/ubuntu:stable'],
      },
    ]);
  });
});
