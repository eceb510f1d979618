import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { machine, running } from '../../testing/fixtures.ts';
import { openLibrary } from '../../testing/open-library.tsx';

async function open() {
  const opened = await openLibrary({ vms: [machine('web'), machine('busy', { state: running })] });
  await opened.user.pointer({ keys: '[MouseRight]', target: screen.getByRole('option', { name: /web/ }) });
  await opened.user.click(screen.getByRole('menuitem', { name: 'Export…' }));
  return opened;
}
const exportButton = (): HTMLButtonElement => screen.getByRole('button', { name: 'Export' });

describe('Export…', () => {
  it('goes into a folder under the machine’s name, in the form chosen', async () => {
    const { user, client } = await open();
    expect(screen.getByText('/home/user/Downloads')).toBeTruthy();
    expect(screen.getByDisplayValue('web.tvm')).toBeTruthy();
    screen.getByRole('radio', { name: /Tart archive/ }).focus();
    await user.keyboard('{ArrowLeft}');
    expect(screen.getByDisplayValue('web.qcow2')).toBeTruthy();
    await waitFor(() => expect(exportButton().disabled).toBe(false));
    await user.click(exportButton());
    expect(client.inputsOf('exports.start')).toEqual([
      { id: 'local:web', path: '/home/user/Downloads/web.qcow2', format: 'qcow2', overwrite: false },
    ]);
    // The job that it began is shown.
    expect(await screen.findByRole('dialog', { name: 'Jobs' })).toBeTruthy();
  });

  it('keeps a name that was typed when the form changes', async () => {
    const { user } = await open();
    const name = screen.getByRole('textbox', { name: 'File name' });
    await user.clear(name);
    await user.type(name, 'copy.bin');
    await user.click(screen.getByRole('radio', { name: /Raw disk/ }));
    expect(screen.getByDisplayValue('copy.bin')).toBeTruthy();
  });

  it('replaces a file only when told to', async () => {
    const { user, client } = await open();
    client.world.intake.exported = { exists: true };
    await user.click(screen.getByRole('radio', { name: /Raw disk/ }));
    const box = await screen.findByRole('checkbox', { name: /Replace it/ });
    expect(exportButton().disabled).toBe(true);
    await user.click(box);
    await user.click(exportButton());
    expect(client.inputsOf('exports.start')).toMatchObject([{ format: 'raw', overwrite: true }]);
  });

  it('says why it can’t be', async () => {
    const { user, client } = await open();
    client.world.intake.exported = { problem: { code: 'no-space', message: 'There is no room for it.' } };
    await user.click(screen.getByRole('radio', { name: /Raw disk/ }));
    expect(await screen.findByText('There is no room for it.')).toBeTruthy();
    expect(exportButton().disabled).toBe(true);
  });

  it('is not offered for a machine that runs', async () => {
    const { user } = await openLibrary({ vms: [machine('busy', { state: running })] });
    await user.pointer({ keys: '[MouseRight]', target: screen.getByRole('option', { name: /busy/ }) });
    expect(screen.queryByRole('menuitem', { name: 'Export…' })).toBeNull();
  });
});
