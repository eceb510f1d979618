import type { HealthCheck } from '../contract/supervision.ts';
import type { MachineVm } from '../contract/machine.ts';

/** How a port of a guest is reached from this computer. */
export type Route =
  /** `forward`: something on this computer takes the connection first. `direct`: the guest itself does. */
  | { readonly kind: 'forward' | 'direct'; readonly host: string; readonly port: number }
  /** Only through its agent. */
  | { readonly kind: 'inside' }
  | { readonly kind: 'none'; readonly reason: string };

/**
 * The way to what a check asks for. A guest on a network of its own is reached through a forward alone: its address is
 * the same in every machine, and may be somebody else's out here. `hasOwnNat`: each guest's NAT is such a network.
 */
export function routeTo(
  check: HealthCheck,
  { annotations, address, os }: Pick<MachineVm, 'annotations' | 'address' | 'os'>,
  hasOwnNat: boolean,
): Route {
  if (check.by === 'agent') return { kind: 'inside' };
  const { port } = check;
  const forward = annotations.portForwards.find(({ protocol, guestPort }) => protocol === 'tcp' && guestPort === port);
  if (forward !== undefined) {
    const host = forward.hostAddress === '0.0.0.0' ? '127.0.0.1' : forward.hostAddress;
    return { kind: 'forward', host, port: forward.hostPort };
  }
  const isShared = !hasOwnNat || address?.source === 'dhcp' || address?.source === 'arp';
  if (isShared && address !== undefined) return { kind: 'direct', host: address.ip, port };
  if (isShared) return { kind: 'none', reason: 'The address of the guest is not known.' };
  if (check.by === 'tcp' && os === 'linux') return { kind: 'inside' };
  return { kind: 'none', reason: `Nothing leads to port ${port} of the guest. Forward it to this computer.` };
}
