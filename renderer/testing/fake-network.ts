import type { Handlers } from '../../electron/contract/contract.ts';
import { AppError } from '../../electron/contract/errors.ts';
import type { MachineVm, PortForward } from '../../electron/contract/machine.ts';
import { type MachineChoices, networkModes } from '../../electron/contract/network-settings.ts';
import type { Network, SharedNetwork, UserNetwork } from '../../electron/contract/network.ts';
import { then } from './fixtures.ts';

type NetworkHandlers = Pick<Handlers, Extract<keyof Handlers, `network.${string}`>>;
type ForwardHandlers = Pick<Handlers, Extract<keyof Handlers, `forwards.${string}`>>;

/** What a machine can be set to on a computer with one bridge. */
const choices: MachineChoices = {
  modes: networkModes.map((mode) => ({
    mode,
    ...(mode === 'softnet' || mode === 'host' ? { notAvailable: 'It is a part of macOS.' } : {}),
  })),
  interfaces: [
    { name: 'br0', title: 'br0' },
    { name: 'br1', title: 'br1', notAvailable: 'bridge.conf does not allow it.' },
  ],
  hasOwnNat: true,
  nested: {},
};

/** Opens at once what is kept, where the machine runs; port 22 of the host is taken. */
export function forwardHandlers(get: (id: string) => MachineVm, put: (vm: MachineVm) => MachineVm): ForwardHandlers {
  const set = (vm: MachineVm, portForwards: PortForward[]): MachineVm =>
    put({ ...vm, annotations: { ...vm.annotations, portForwards } });
  return {
    'forwards.list': async ({ id }) => {
      const { annotations, state } = get(id);
      const isOpen = state.phase === 'running';
      return await Promise.resolve(annotations.portForwards.map((forward) => ({ forward, isOpen, isKept: true })));
    },
    'forwards.add': async ({ id, forward }) => {
      if (forward.hostPort === 22)
        throw new AppError('port-taken', 'TCP port 22 of this computer is used by sshd (process 7).');
      const vm = get(id);
      return await Promise.resolve(set(vm, [...vm.annotations.portForwards, forward]));
    },
    'forwards.remove': async ({ id, hostPort }) => {
      const vm = get(id);
      return await Promise.resolve(
        set(
          vm,
          vm.annotations.portForwards.filter((forward) => forward.hostPort !== hostPort),
        ),
      );
    },
  };
}

/** The network of Linux: each guest has its own. */
export const userNetwork: UserNetwork = {
  ...{ kind: 'user', subnet: '10.0.2.0/24', guestAddress: '10.0.2.15', readAt: then },
  hostAddresses: [{ address: '192.168.1.7', network: 'eth0' }],
};

/** The network of a Mac, with whatever a test needs to be otherwise. */
export function sharedNetwork(otherwise: Partial<SharedNetwork> = {}): SharedNetwork {
  return {
    kind: 'vmnet',
    inForce: { address: '192.168.64.1', mask: '255.255.255.0', from: 'seen', bridge: 'bridge100' },
    suggested: { address: '192.168.77.1', mask: '255.255.255.0' },
    ...{ leaseSeconds: 86_400, leaseIsDefault: true, problems: [], runningCount: 3, isIgnored: true, readAt: then },
    use: { total: 253, inUse: 4, held: 189, expired: 38, free: 22, newInLastHour: 7, hoursLeft: 3 },
    leases: [],
    leaseCount: 0,
    ...otherwise,
  };
}

/** A network that takes what it is told; everything that begins with 192.168.1. is taken. */
export function networkHandlers(world: { network: Network }): NetworkHandlers {
  const change = (more: Partial<SharedNetwork>): Promise<Network> => {
    if (world.network.kind === 'vmnet') world.network = { ...world.network, ...more };
    return Promise.resolve(world.network);
  };
  return {
    'network.choices': async () => await Promise.resolve(choices),
    'network.get': async () => await Promise.resolve(world.network),
    'network.checkSubnet': async ({ address }) =>
      await Promise.resolve(
        address.startsWith('192.168.1.')
          ? { mistake: { field: 'address', reason: 'Overlaps en0, your Wi-Fi (192.168.1.0/24)' } }
          : { guests: 253 },
      ),
    'network.setSubnet': async (stored) => await change({ stored }),
    'network.resetSubnet': async () => {
      if (world.network.kind === 'vmnet') {
        const { stored: _stored, ...rest } = world.network;
        world.network = rest;
      }
      return await Promise.resolve(world.network);
    },
    'network.setLeaseTime': async ({ seconds }) => await change({ leaseSeconds: seconds, leaseIsDefault: false }),
    'network.clearLeases': async ({ which }) =>
      await change(which === 'all' ? { leases: [], leaseCount: 0 } : { use: { ...sharedNetwork().use, expired: 0 } }),
    'network.tryHost': async ({ port }) =>
      await Promise.resolve({ address: '192.168.1.7', port, reached: port === 8080, details: '' }),
  };
}
