import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { NetworkSettings } from '../../../electron/contract/network-settings.ts';
import { portForwardSchema } from '../../../electron/contract/machine.ts';
import { machine, noAnnotations, running } from '../../testing/fixtures.ts';
import { openLibrary } from '../../testing/open-library.tsx';

type Start = Parameters<typeof openLibrary>[0];

async function openInspector(start: Start): Promise<Awaited<ReturnType<typeof openLibrary>>> {
  const opened = await openLibrary(start);
  await opened.user.click(screen.getByRole('option'));
  await screen.findByRole('region', { name: 'Network' });
  await waitFor(() => expect(within(kind()).getAllByRole('option').length).toBeGreaterThan(1));
  return opened;
}

const kind = () => screen.getByRole('combobox', { name: 'Kind of network' });
const region = (name: string) => within(screen.getByRole('region', { name }));
const on = (network: NetworkSettings) => machine('web', { annotations: { ...noAnnotations, network } });

describe('The network of a machine', () => {
  it('is chosen among the kinds that this computer has, and says why not the others', async () => {
    const { client, user } = await openInspector({ vms: [machine('web')] });
    const softnet = within(kind()).getByRole<HTMLOptionElement>('option', { name: 'Softnet' });
    expect(softnet.disabled).toBe(true);
    region('Network').getAllByText(/It is a part of macOS/);
    await user.selectOptions(kind(), 'isolated');
    await region('Network').findByText(/reaches nothing/);
    await user.selectOptions(kind(), 'bridged');
    expect(client.inputsOf('vms.annotate')).toEqual([
      { id: 'local:web', annotations: { network: { mode: 'isolated' } } },
      { id: 'local:web', annotations: { network: { mode: 'bridged', interfaces: [{ interface: 'br0' }] } } },
    ]);
  });

  it('has a subnet of its own, and the loopback opened', async () => {
    const { client, user } = await openInspector({ vms: [machine('web')] });
    await user.click(region('Network').getByRole('button', { name: 'Change Subnet' }));
    const field = region('Network').getByRole('textbox', { name: 'Subnet' });
    await user.clear(field);
    await user.type(field, '8.8.8.0/24');
    region('Network').getByText(/must be a private one/);
    await user.clear(field);
    await user.type(field, '10.7.0.0/24{Enter}');
    await region('Network').findByText('10.7.0.0/24');
    await user.click(region('Network').getByRole('checkbox', { name: /127\.0\.0\.1/ }));
    expect(client.inputsOf('vms.annotate').at(-1)).toMatchObject({
      annotations: { network: { mode: 'nat', subnet: '10.7.0.0/24', hostLoopback: true } },
    });
  });

  it('has a card for each interface, with a MAC address of its own', async () => {
    const { client, user } = await openInspector({
      vms: [on({ mode: 'bridged', interfaces: [{ interface: 'eth7' }] })],
    });
    expect(screen.getByRole<HTMLSelectElement>('combobox', { name: 'Interface of card' }).value).toBe('eth7');
    await user.click(region('Network').getByRole('button', { name: 'Add Network Card' }));
    await user.click(await region('Network').findByRole('button', { name: 'Change MAC 2' }));
    await user.type(region('Network').getByRole('textbox', { name: 'MAC 2' }), '03:00:00:00:00:01');
    region('Network').getByText(/second digit even/);
    await user.clear(region('Network').getByRole('textbox', { name: 'MAC 2' }));
    await user.type(region('Network').getByRole('textbox', { name: 'MAC 2' }), '02:00:00:00:00:01{Enter}');
    await waitFor(() =>
      expect(client.inputsOf('vms.annotate').at(-1)).toMatchObject({
        annotations: {
          network: { interfaces: [{ interface: 'eth7' }, { interface: 'br0', macAddress: '02:00:00:00:00:01' }] },
        },
      }),
    );
  });

  it('lets through what is listed, also where this computer has no Softnet now', async () => {
    const { client, user } = await openInspector({
      vms: [on({ mode: 'softnet', allow: [], block: ['@host'], expose: [] })],
    });
    expect(region('Network').getByRole('alert').textContent).toContain('part of macOS');
    await user.click(region('Network').getByRole('button', { name: 'Change Allow' }));
    const field = region('Network').getByRole('textbox', { name: 'Allow' });
    await user.clear(field);
    await user.type(field, '10.0.0.0/8, all');
    region('Network').getByText(/all: like/);
    await user.clear(field);
    await user.type(field, '10.0.0.0/8{Enter}');
    expect(client.inputsOf('vms.annotate').at(-1)).toMatchObject({
      annotations: { network: { allow: ['10.0.0.0/8'], block: ['@host'] } },
    });
  });

  it('may be for guests of its own', async () => {
    const { client, user } = await openInspector({ vms: [machine('web')] });
    await user.click(region('Network').getByRole('checkbox', { name: 'Nested virtualization' }));
    expect(client.inputsOf('vms.annotate')).toEqual([{ id: 'local:web', annotations: { nested: true } }]);
  });
});

describe('Port forwards', () => {
  it('open at once while the machine runs, and close again', async () => {
    const { user } = await openInspector({ vms: [machine('web', { state: running })] });
    await user.click(screen.getByRole('button', { name: 'Add Port Forward' }));
    await user.click(region('Port Forwards').getByRole('button', { name: 'Add' }));
    await region('Port Forwards').findByText('open');
    await user.click(screen.getByRole('button', { name: 'Remove forward of TCP port 2222' }));
    await region('Port Forwards').findByText(/No forwards\./);
  });

  it('say whose port it is, and keep nothing', async () => {
    const { user } = await openInspector({ vms: [machine('web')] });
    await user.click(screen.getByRole('button', { name: 'Add Port Forward' }));
    const field = region('Port Forwards').getByRole('textbox', { name: 'Port on this computer' });
    await user.clear(field);
    await user.type(field, '22');
    await user.click(region('Port Forwards').getByRole('button', { name: 'Add' }));
    expect((await region('Port Forwards').findByRole('alert')).textContent).toContain('sshd');
  });

  it('of a machine that is off open with it', async () => {
    const portForwards = [portForwardSchema.parse({ hostPort: 8080, guestPort: 80 })];
    await openInspector({ vms: [machine('web', { annotations: { ...noAnnotations, portForwards } })] });
    region('Port Forwards').getByText('127.0.0.1:8080 → 80');
    expect(region('Port Forwards').queryByText('open')).toBeNull();
  });
});
