import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { MachineVm } from '../../../electron/contract/machine.ts';
import type { LeaseRow } from '../../../electron/contract/network.ts';
import { sharedNetwork, userNetwork } from '../../testing/fake-network.ts';
import { machine, running } from '../../testing/fixtures.ts';
import { openLibrary } from '../../testing/open-library.tsx';

async function openNetwork(start: Parameters<typeof openLibrary>[0]): Promise<Awaited<ReturnType<typeof openLibrary>>> {
  const opened = await openLibrary(start);
  await opened.user.click(screen.getByRole('button', { name: 'Network' }));
  await screen.findByRole('region', { name: /^Reaching/ });
  return opened;
}

const leases: LeaseRow[] = [
  {
    name: 'ci',
    address: '192.168.64.12',
    owner: '7a:65:e4:3f:b2:01',
    ownerKind: 'ethernet',
    vmId: 'local:ci',
    isExpired: false,
  },
  { name: 'fedora', address: '192.168.64.16', owner: 'ff,f1:f5', ownerKind: 'identifier', isExpired: false },
  { address: '192.168.64.9', owner: '0a:3e:05:77:c1:09', ownerKind: 'ethernet', isExpired: true },
  { isExpired: false, problem: 'its block has no end' },
];

describe('The network page of a Mac', () => {
  const network = sharedNetwork({ leases, leaseCount: 4 });

  it('shows what is in force, how full the range is, and each lease for what it is', async () => {
    await openNetwork({ network, vms: [machine('ci')] });
    screen.getByText('seen on bridge100');
    expect(screen.getByRole('meter', { name: 'Addresses taken' }).getAttribute('aria-valuenow')).toBe('193');
    screen.getByText('Full in about 3 hours');
    screen.getByText(/reported to ignore this setting/);
    const rows = within(screen.getByRole('table', { name: 'DHCP leases' })).getAllByRole('row');
    expect(
      rows.slice(1).map((row) =>
        within(row)
          .getAllByRole('cell')
          .slice(0, 5)
          .map(({ textContent }) => textContent),
      ),
    ).toEqual([
      ['ci', '192.168.64.12', '7a:65:e4:3f:b2:01', 'ci', 'Ethernet'],
      ['fedora', '192.168.64.16', 'ff,f1:f5', 'unknown', 'DUID, no MAC'],
      ['no name', '192.168.64.9', '0a:3e:05:77:c1:09', 'none here', 'Ethernet'],
      ['no name', 'none', 'none', 'unknown', 'its block has no end'],
    ]);
  });

  it('says at once what is wrong with a subnet, offers one that is free, and saves only that', async () => {
    const { client, user } = await openNetwork({ network });
    const address = screen.getByRole('textbox', { name: 'Address' });
    const save = within(screen.getByRole('region', { name: 'NAT Subnet' })).getByRole('button', { name: 'Save…' });
    expect(save).toHaveProperty('disabled', true);
    await user.clear(address);
    await user.type(address, '192.168.1.1');
    await screen.findByText('Overlaps en0, your Wi-Fi (192.168.1.0/24)');
    expect(save).toHaveProperty('disabled', true);
    await user.click(screen.getByRole('button', { name: 'Use 192.168.77.1' }));
    await waitFor(() => expect(save).toHaveProperty('disabled', false));
    await user.click(save);
    expect(client.inputsOf('network.setSubnet')).toEqual([{ address: '192.168.77.1', mask: '255.255.255.0' }]);
    await user.click(await screen.findByRole('button', { name: 'Reset to Default' }));
    expect(client.inputsOf('network.resetSubnet')).toHaveLength(1);
  });

  it('says why a change was not made, and keeps what was typed', async () => {
    const { client, user } = await openNetwork({ network });
    client.refuse('network.setLeaseTime', { code: 'not-allowed', message: 'macOS did not make the change.' });
    await user.selectOptions(screen.getByRole('combobox', { name: 'Lease time' }), '10 minutes');
    await user.click(within(screen.getByRole('region', { name: 'DHCP' })).getByRole('button', { name: 'Save…' }));
    await screen.findByText('macOS did not make the change.');
    expect(screen.getByRole('combobox', { name: 'Lease time' })).toHaveProperty('value', '600');
  });

  it('clears leases only after it was confirmed', async () => {
    const { client, user } = await openNetwork({ network });
    await user.click(screen.getByRole('button', { name: 'Clear 38 Expired…' }));
    await user.click(within(screen.getByRole('alertdialog')).getByRole('button', { name: 'Cancel' }));
    await user.click(screen.getByRole('button', { name: 'Clear All…' }));
    await user.click(within(screen.getByRole('alertdialog')).getByRole('button', { name: 'Clear' }));
    expect(client.inputsOf('network.clearLeases')).toEqual([{ which: 'all' }]);
    await screen.findByText(/No guest has had an address yet/);
  });

  it('leads to the machine of a lease', async () => {
    const { user } = await openNetwork({ network, vms: [machine('ci')] });
    await user.click(screen.getByRole('button', { name: 'ci' }));
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('All');
  });
});

describe('The network page elsewhere', () => {
  it('says how guests see this computer, and lists every forward', async () => {
    const forward = { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 2222, guestPort: 22, label: 'ssh' } as const;
    const web = machine('web');
    await openNetwork({ vms: [{ ...web, annotations: { ...web.annotations, portForwards: [forward] } }] });
    screen.getByText('192.168.1.7');
    const cells = within(screen.getByRole('table', { name: 'Port forwards' })).getAllByRole('cell');
    expect(cells.map(({ textContent }) => textContent.trim())).toEqual([
      '127.0.0.1:2222',
      '22/tcp',
      'web',
      'opens with the machine',
      'ssh',
    ]);
    expect(screen.queryByRole('button', { name: /^Test from/ })).toBeNull();
  });

  it('says of a machine that runs which forwards are open, as the machine tells', async () => {
    const forward = { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 2222, guestPort: 22, label: '' } as const;
    const web = machine('web', { state: running });
    const withForward = { ...web.annotations, portForwards: [forward] };
    const { client } = await openNetwork({ vms: [{ ...web, annotations: withForward }] });
    const states = (): (string | null)[] =>
      within(screen.getByRole('table', { name: 'Port forwards' }))
        .getAllByRole('row')
        .slice(1)
        .map((row) => within(row).getAllByRole('cell')[3]?.textContent ?? null);
    await waitFor(() => expect(states()).toEqual(['open']));
    client.refuse('forwards.list', { code: 'unexpected', message: 'It does not answer.' });
    const put = (vm: MachineVm): void => client.tell('vm.changed', { vm: { ...web, ...vm, annotations: withForward } });
    put(machine('web', { state: { phase: 'paused', since: '2026-01-01T00:00:00.000Z' } }));
    await waitFor(() => expect(states()).toEqual(['not known']));
    put(machine('web'));
    await waitFor(() => expect(states()).toEqual(['opens with the machine']));
  });

  it('says that guests have no network, and why, instead of addresses that they can’t reach', async () => {
    const noNetwork = { reason: 'passt is not installed', cure: 'Install passt' };
    await openNetwork({ network: { ...userNetwork, noNetwork } });
    screen.getByText('Guests have no network, because passt is not installed.');
    screen.getByText(/Install passt, and start them again/);
    expect(screen.queryByText('192.168.1.7')).toBeNull();
  });

  it('tries from inside a guest that runs', async () => {
    const { user } = await openNetwork({ vms: [machine('web', { state: running })] });
    await user.click(screen.getByRole('button', { name: 'Test from web…' }));
    const sheet = screen.getByRole('dialog');
    await user.click(within(sheet).getByRole('button', { name: 'Test' }));
    await within(sheet).findByText('The guest reached port 8080 of 192.168.1.7.');
    const port = within(sheet).getByRole('textbox', { name: 'Port' });
    await user.clear(port);
    await user.type(port, '70000');
    expect(within(sheet).getByRole('button', { name: 'Test' })).toHaveProperty('disabled', true);
    await user.clear(port);
    await user.type(port, '81');
    await user.click(within(sheet).getByRole('button', { name: 'Test' }));
    await within(sheet).findByText(/did not reach port 81/);
  });

  it('says why the network could not be read, and reads it again', async () => {
    const opened = await openLibrary();
    opened.client.refuse('network.get', { code: 'unexpected', message: 'The network could not be asked.' });
    await opened.user.click(screen.getByRole('button', { name: 'Network' }));
    await screen.findByText('The network could not be asked.');
    opened.client.refuse('network.get', undefined);
    await opened.user.click(screen.getByRole('button', { name: 'Read Again' }));
    await screen.findByText('192.168.1.7');
  });
});
