import { readFile } from 'node:fs/promises';
import { AppError } from '../../contract/errors.ts';
import type { Address } from '../../contract/machine.ts';
import { defaultNetwork, type NetworkSettings } from '../../contract/network-settings.ts';
import { type RunCommand, runCommand } from '../../host/command-runner.ts';
import type { Machine } from '../../hypervisor/machine.ts';
import type { GuestAgent } from '../../guest/guest-agent.ts';
import type { LibraryEntry } from '../../library/library.ts';
import { neighbourOfMac, parseProcArp } from '../../network/arp-table.ts';
import { formatIpv4 } from '../../network/ipv4.ts';
import { macOfCard } from '../../network/mac-address.ts';
import { findOnMac } from '../../network/mac/find-guest.ts';
import { MacNetwork } from '../../network/mac/mac-network.ts';
import { whyNoAddress } from './why-no-address.ts';

/** A guest whose address is wanted. */
export interface AddressQuery {
  readonly agent: Pick<GuestAgent, 'address'>;
  /** When it was started; absent where that is not known. */
  readonly since?: string | undefined;
  readonly macAddress: string;
  readonly network: NetworkSettings;
}

/** The guest of a machine that runs, as its folder describes it. */
export function addressQueryOf(entry: LibraryEntry, { agent, state }: Machine): AddressQuery {
  // A machine runs only from a folder that could be read.
  const { macAddress, network } =
    entry.kind === 'machine'
      ? { macAddress: entry.config.macAddress, network: entry.annotations.network }
      : { macAddress: '', network: defaultNetwork };
  return { agent, macAddress, network, since: state.phase === 'running' ? state.since : undefined };
}

/**
 * Where a guest is: what its agent says, else what this host gave out or heard on its networks.
 * @throws AppError `no-address` with the likeliest reason, the signal's if called off
 */
export async function findAddress(
  { agent, since, macAddress, network }: AddressQuery,
  signal: AbortSignal,
  { isMac = process.platform === 'darwin', run = runCommand }: { isMac?: boolean; run?: RunCommand } = {},
): Promise<Address> {
  try {
    return await agent.address(signal);
  } catch (error) {
    signal.throwIfAborted();
    const found = await elsewhere(macsOf(macAddress, network), network, isMac, run);
    if (found !== undefined) return found;
    const shared = isMac && network.mode === 'nat' ? await sharedNetwork() : undefined;
    throw whyNoAddress({ network, since, shared, isMac, agent: AppError.from(error) });
  }
}

function macsOf(macAddress: string, network: NetworkSettings): string[] {
  if (network.mode !== 'bridged') return [macAddress];
  return network.interfaces.map((card, index) => card.macAddress ?? macOfCard(macAddress, index));
}

async function elsewhere(
  macs: readonly string[],
  network: NetworkSettings,
  isMac: boolean,
  run: RunCommand,
): Promise<Address | undefined> {
  if (isMac) return await findOnMac(macs, run);
  if (network.mode !== 'bridged') return undefined;
  const neighbours = parseProcArp(await readFile('/proc/net/arp', 'utf8').catch(() => ''));
  for (const mac of macs) {
    const neighbour = neighbourOfMac(neighbours, mac);
    if (neighbour !== undefined)
      return { ip: formatIpv4(neighbour.address), source: 'arp', at: new Date().toISOString() };
  }
  return undefined;
}

/** Only to explain; what can't be read explains nothing. */
async function sharedNetwork() {
  return await new MacNetwork('dialog').read([]).catch(() => undefined);
}
