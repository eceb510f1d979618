import { screen, waitFor, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { openLibrary } from '../../testing/open-library.tsx';

it('never chooses the folder that is still shown while another is typed or looked for', async () => {
  const { client, user } = await openLibrary();
  await user.keyboard('{Control>}k{/Control}');
  await user.type(await screen.findByPlaceholderText('What do you want to do?'), 'import');
  await user.keyboard('{Enter}');
  await user.click(await screen.findByRole('button', { name: 'Choose on the Host…' }));
  const sheet = (await screen.findAllByRole('dialog')).at(-1) ?? document.body;
  const choose = within(sheet).getByRole<HTMLButtonElement>('button', { name: 'Choose' });
  const field = within(sheet).getByRole<HTMLInputElement>('textbox', { name: 'Path' });
  await waitFor(() => expect(field.value).toBe('/home/user'));
  expect(choose.disabled).toBe(false);

  await user.clear(field);
  await user.type(field, '/home/user/Projects');
  expect(choose.disabled).toBe(true);
  const goOn = client.hold('host.listFolder');
  await user.keyboard('{Enter}');
  expect(choose.disabled).toBe(true);
  goOn();
  await waitFor(() => expect(choose.disabled).toBe(false));
  expect(field.value).toBe('/home/user/Projects');
});
