import { AppError } from '../../contract/errors.ts';
import type { NetworkSettings } from '../../contract/network-settings.ts';
import type { SharedNetwork } from '../../contract/network.ts';

/** What there is to know of a guest that nobody found. */
export interface MissingAddressContext {
  readonly network: NetworkSettings;
  /** When it was started; absent where that is not known. */
  readonly since?: string | undefined;
  /** Of the Mac's shared network, where the guest is on it. */
  readonly shared?: Pick<SharedNetwork, 'use' | 'leases'> | undefined;
  readonly isMac: boolean;
  /** Why its agent did not tell. */
  readonly agent: AppError;
}

/** Guests in software, on a busy computer, need this long to boot. */
const bootMs = 90_000;

/** Why a guest that runs has no address that could be told, and what to do about it: the likeliest reason first. */
export function whyNoAddress(
  { network, since, shared, isMac, agent }: MissingAddressContext,
  now = Date.now(),
): AppError {
  const because = (message: string, hint: string): AppError =>
    new AppError('no-address', message, { hint, retry: true, cause: agent, details: agent.message });
  if (network.mode === 'none')
    return because(
      'It has no address, because it has no network card.',
      'Give it a network; that takes effect at the next start.',
    );
  if (network.mode === 'isolated' && isMac)
    return because('It has no address, because it is isolated.', 'Choose another kind of network to reach it.');
  if (shared !== undefined && shared.use.free + shared.use.expired <= 0)
    return because(
      `It has no address, because all ${shared.use.total} of the shared network are taken.`,
      'Clear old leases on the Network page, and shorten the lease time: tatin network clear-leases --expired.',
    );
  const runsMs = since === undefined ? Number.POSITIVE_INFINITY : now - Date.parse(since);
  if (runsMs < bootMs && agent.code === 'agent-unavailable')
    return because(
      `It has no address yet; it may still be booting, ${Math.max(0, Math.round(runsMs / 1000))} s after its start.`,
      'Wait a little: tatin ip --wait 60.',
    );
  if (network.mode === 'bridged')
    return because(
      'It was not seen on the network that it is bridged to.',
      isMac
        ? 'A guest is seen once it has contacted this Mac. See that Tatin may look for devices on the local network (System Settings, Privacy), or install an agent in the guest.'
        : 'A guest is seen once it has contacted this computer: see that the bridge has a DHCP server, or install an agent in the guest.',
    );
  if (shared?.leases.some(({ ownerKind, isExpired }) => ownerKind === 'identifier' && !isExpired) === true)
    return because(
      'A guest has its address under an identifier (DUID), so that nobody can tell which one it is.',
      'In the guest, let DHCP use the MAC address (netplan: dhcp-identifier: mac), or install an agent.',
    );
  if (agent.code === 'no-address')
    return because('The guest says that it has no IPv4 address.', 'Check that its network is set up by DHCP.');
  return because(
    'No agent answers in the guest, and no other trace of its address was found.',
    'Install an agent in the guest, or look at its screen.',
  );
}
