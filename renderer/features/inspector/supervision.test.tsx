import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { healthSettingsSchema } from '../../../electron/contract/supervision.ts';
import type { VmEvent } from '../../../electron/contract/vm-events.ts';
import { machine, noAnnotations, running, then } from '../../testing/fixtures.ts';
import { openLibrary } from '../../testing/open-library.tsx';

type Start = Parameters<typeof openLibrary>[0];

async function openInspector(start: Start): Promise<Awaited<ReturnType<typeof openLibrary>>> {
  const opened = await openLibrary(start);
  await opened.user.click(screen.getByRole('option'));
  await screen.findByRole('region', { name: 'Keep Running' });
  return opened;
}

const region = (name: string) => within(screen.getByRole('region', { name }));

describe('What keeps a machine running', () => {
  it('is set in the inspector', async () => {
    const { client, user } = await openInspector({ vms: [machine('web')] });
    await user.click(screen.getByRole('checkbox', { name: 'Start with Tatin' }));
    await user.selectOptions(screen.getByRole('combobox', { name: 'Restart' }), 'on-failure');
    expect(client.inputsOf('vms.annotate')).toEqual([
      { id: 'local:web', annotations: { autostart: true } },
      { id: 'local:web', annotations: { restart: 'on-failure' } },
    ]);
    region('Keep Running').getByText(/grows from a second to five minutes/);
  });

  it('says when the next try is, why, and lets a person end that', async () => {
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const health = { check: { by: 'agent' }, onFailure: 'restart', intervalSeconds: 30, timeoutSeconds: 5 } as const;
    const { client, user } = await openInspector({
      vms: [
        machine('web', {
          annotations: { ...noAnnotations, restart: 'always', health: { ...health, retries: 3, startSeconds: 90 } },
          supervision: { nextTry: { at, attempt: 4, reason: 'It crashed.' } },
        }),
      ],
    });
    const status = region('Keep Running').getByRole('status');
    expect(status.textContent).toMatch(/Next try in (59 min|1 h).*Attempt 4: It crashed\./);
    await user.click(within(status).getByRole('button', { name: 'Stop Trying' }));
    expect(client.inputsOf('vms.annotate')).toMatchObject([
      { annotations: { restart: 'never', health: { onFailure: 'record' } } },
    ]);
  });

  it('leads to the service at login, which is installed and taken away from there', async () => {
    const { user } = await openInspector({
      vms: [machine('web', { annotations: { ...noAnnotations, autostart: true } })],
    });
    await user.click(screen.getByRole('button', { name: 'Run Tatin at Login…' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Run Tatin at Login' }));
    await dialog.findByText('/home/user/.config/systemd/user/tatin.service');
    const port = dialog.getByRole('textbox', { name: 'Browser port' });
    await user.type(port, '0');
    expect(dialog.getByRole('button', { name: 'Install and Start' })).toHaveProperty('disabled', true);
    await user.clear(port);
    await user.click(dialog.getByRole('button', { name: 'Install and Start' }));
    await dialog.findByText('It runs now.');
    await user.click(dialog.getByRole('button', { name: 'Uninstall' }));
    await dialog.findByText(/^Not installed/);
  });

  it('says in the sheet why the service could not be installed', async () => {
    const { client, user } = await openInspector({
      vms: [machine('web', { annotations: { ...noAnnotations, autostart: true } })],
    });
    client.refuse('service.install', { code: 'not-allowed', message: 'systemctl did not take it.', hint: 'Log in.' });
    await user.click(screen.getByRole('button', { name: 'Run Tatin at Login…' }));
    await user.click(await screen.findByRole('button', { name: 'Install and Start' }));
    await screen.findByText('systemctl did not take it.');
    screen.getByText(/^Not installed/);
  });
});

describe('The health of a machine', () => {
  it('is a dot with its word, and why', async () => {
    const health = healthSettingsSchema.parse({ check: { by: 'tcp', port: 22 }, onFailure: 'restart' });
    await openInspector({
      vms: [
        machine('web', {
          state: running,
          annotations: { ...noAnnotations, health },
          supervision: { health: { state: 'unhealthy', since: then, failures: 3, reason: 'Port 22 did not answer.' } },
        }),
      ],
    });
    expect(region('Health').getByRole('status').textContent).toMatch(/^Unhealthy since/);
    region('Health').getByText('Port 22 did not answer.');
    region('Health').getByText(/Port 22, every 30 s\. Turned off and on/);
    within(screen.getByRole('option', { name: /^web/ })).getByText('Unhealthy');
  });

  it('is set, with what is wrong said at its field, and taken away', async () => {
    const { client, user } = await openInspector({ vms: [machine('web')] });
    await user.click(screen.getByRole('button', { name: 'Add Health Check' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Health of “web”' }));
    await user.selectOptions(dialog.getByRole('combobox', { name: 'It works if' }), 'A web page answers');
    const port = dialog.getByRole('textbox', { name: 'Port in the guest' });
    await user.clear(port);
    dialog.getByText('1 to 65535');
    const save = dialog.getByRole('button', { name: 'Save' });
    expect(save).toHaveProperty('disabled', true);
    await user.type(port, '8080');
    await user.type(dialog.getByRole('textbox', { name: 'Path of the page' }), 'up now');
    dialog.getByText('Begins with a slash, no blanks');
    await user.clear(dialog.getByRole('textbox', { name: 'Path of the page' }));
    await user.type(dialog.getByRole('textbox', { name: 'Path of the page' }), '/up');
    await user.clear(dialog.getByRole('textbox', { name: 'Every' }));
    dialog.getByText('1 to 86400');
    await user.type(dialog.getByRole('textbox', { name: 'Every' }), '10');
    await user.click(save);
    expect(client.inputsOf('vms.annotate')).toMatchObject([
      {
        annotations: {
          health: { check: { by: 'http', port: 8080, path: '/up' }, intervalSeconds: 10, onFailure: 'record' },
        },
      },
    ]);
    await user.click(await screen.findByRole('button', { name: 'Change Health Check' }));
    await user.click(await screen.findByRole('button', { name: 'Turn Off' }));
    await screen.findByRole('button', { name: 'Add Health Check' });
  });
});

describe('The schedule of a machine', () => {
  it('is added to and taken from, and says what comes next', async () => {
    const { client, user } = await openInspector({ vms: [machine('web')] });
    await user.click(screen.getByRole('button', { name: 'Add to Schedule' }));
    const days = within(screen.getByRole('group', { name: 'Days' }));
    for (const day of ['Mon', 'Tue', 'Wed', 'Thu', 'Fri']) await user.click(days.getByRole('button', { name: day }));
    region('Schedule').getByText('A schedule needs a day.');
    expect(region('Schedule').getByRole('button', { name: 'Add' })).toHaveProperty('disabled', true);
    await user.click(days.getByRole('button', { name: 'Sun' }));
    await user.click(days.getByRole('button', { name: 'Sat' }));
    await user.click(region('Schedule').getByRole('button', { name: 'Add' }));
    expect(client.inputsOf('vms.annotate')).toEqual([
      { id: 'local:web', annotations: { schedule: [{ action: 'start', time: '08:00', days: ['sat', 'sun'] }] } },
    ]);
    await region('Schedule').findByText('Start, Sat, Sun at 08:00');
    const at = new Date(Date.now() + 60_000).toISOString();
    const [vm] = client.world.vms.values();
    client.tell('vm.changed', {
      vm: { ...(vm as ReturnType<typeof machine>), supervision: { nextAction: { at, action: 'start' } } },
    });
    await region('Schedule').findByText(/^Next: start (today|tomorrow) at/);
    await user.click(region('Schedule').getByRole('button', { name: 'Remove: Start, Sat, Sun at 08:00' }));
    expect(client.inputsOf('vms.annotate').at(-1)).toEqual({ id: 'local:web', annotations: { schedule: [] } });
  });
});

describe('The events of a machine', () => {
  const events: VmEvent[] = [
    { at: '2026-02-03T04:05:09.000Z', kind: 'started' },
    { at: '2026-02-03T04:05:08.000Z', kind: 'restarting', attempt: 2, reason: 'It crashed.' },
    { at: '2026-02-03T04:05:07.000Z', kind: 'failed', reason: 'It crashed.' },
    { at: then, kind: 'stopped', by: 'guest' },
  ];
  const texts = (list: HTMLElement): (string | null | undefined)[] =>
    within(list)
      .getAllByRole('listitem')
      .map((item) => item.querySelector('.cut')?.textContent);

  it('stand in the inspector, and are asked for again when there are more', async () => {
    const { client } = await openInspector({ vms: [machine('web', { eventsVersion: '1' })], events });
    expect(texts(await region('Events').findByRole('list'))).toEqual([
      'Started',
      'Starting again, attempt 2',
      'Failed',
      'Shut itself down',
    ]);
    client.world.events.unshift({ at: '2026-02-03T04:06:00.000Z', kind: 'suspended' });
    client.tell('vm.changed', { vm: machine('web', { eventsVersion: '2' }) });
    await waitFor(() => expect(texts(region('Events').getByRole('list'))[0]).toBe('Suspended'));
  });

  it('are all in a sheet, by sort', async () => {
    const { user } = await openInspector({ vms: [machine('web')], events });
    await user.click(await screen.findByRole('button', { name: 'Show All…' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Events of “web”' }));
    await dialog.findByText('4 events, newest first');
    await user.selectOptions(dialog.getByRole('combobox', { name: 'Sort of events' }), 'Failures and restarts');
    expect(texts(dialog.getByRole('list'))).toEqual(['Starting again, attempt 2', 'Failed']);
    dialog.getByText('2 events of 4, newest first');
    await user.selectOptions(dialog.getByRole('combobox', { name: 'Sort of events' }), 'Health');
    dialog.getByText('None of this sort.');
    expect(dialog.getByRole('button', { name: 'Copy' })).toHaveProperty('disabled', true);
  });

  it('are said to be none where nothing happened yet', async () => {
    await openInspector({ vms: [machine('web')] });
    await region('Events').findByText(/Nothing yet/);
  });
});
