import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../contract/errors.ts';
import type { Address } from '../../contract/machine.ts';
import type { NetworkSettings } from '../../contract/network-settings.ts';
import { type RunCommand, runCommand } from '../../host/command-runner.ts';
import type { Machine } from '../../hypervisor/machine.ts';
import type { GuestAgent } from '../../guest/guest-agent.ts';
import { ControlClient } from '../../guest/control-client.ts';
import { tartFiles } from '../../library/layout.ts';
import type { LibraryVm } from '../../library/library.ts';
import { neighbourOfMac, parseProcArp } from '../../network/arp-table.ts';
import { formatIpv4 } from '../../network/ipv4.ts';
import { macOfCard } from '../../network/mac-address.ts';
import { findOnMac } from '../../network/mac/find-guest.ts';
import { MacNetwork } from '../../network/mac/mac-network.ts';
import { whyNoAddress } from './why-no-address.ts';

const pollMs = 1000;
/** An agent that is there answers in milliseconds; Tart gives it one second, a guest in software needs more. */
const answerMs = 5000;

/** A guest whose address is wanted. */
export interface AddressQuery {
  readonly agent: Pick<GuestAgent, 'address'>;
  /** When it was started; absent where that is not known. */
  readonly since?: string | undefined;
  readonly macAddress: string;
  readonly network: NetworkSettings;
}

/** How an address is looked for. */
export interface AddressOptions {
  /** Default: all that this host knows. */
  readonly resolver?: 'agent' | 'dhcp' | 'arp' | undefined;
  /** How long to wait until there is one; default: not at all. */
  readonly waitSeconds?: number | undefined;
}

/** The guest of a VM that runs; what another program runs is asked through the socket that Tart has for it. */
export function addressQueryOf({ folder, config, annotations }: LibraryVm, machine: Machine | undefined): AddressQuery {
  const agent = machine?.agent ?? new ControlClient(path.join(folder, tartFiles.controlSocket));
  const since = machine?.state.phase === 'running' ? machine.state.since : undefined;
  return { agent, macAddress: config.macAddress, network: annotations.network, since };
}

/** As {@link findAddress}, again and again until there is one or the time is over. @throws AppError `no-address`, `not-supported` */
export async function waitForAddress(
  query: AddressQuery,
  { resolver, waitSeconds = 0 }: AddressOptions,
  signal: AbortSignal,
): Promise<Address> {
  const endMs = performance.now() + waitSeconds * 1000;
  for (;;) {
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
      return await (resolver === undefined ? findAddress(query, limited) : findBy(resolver, query, limited));
    } catch (error) {
      signal.throwIfAborted();
      if (performance.now() >= endMs || AppError.from(error).code === 'not-supported') throw error;
    }
    await delay(pollMs, undefined, { signal });
  }
}

async function findBy(
  resolver: 'agent' | 'dhcp' | 'arp',
  { agent, macAddress, network }: AddressQuery,
  signal: AbortSignal,
  { isMac = process.platform === 'darwin', run = runCommand }: { isMac?: boolean; run?: RunCommand } = {},
): Promise<Address> {
  if (resolver === 'agent') return await agent.address(signal);
  if (!isMac)
    throw new AppError('not-supported', `Addresses are found by ${resolver} only on a Mac.`, {
      hint: 'Guests of QEMU have a network each, which neither leases nor ARP of this computer show.',
    });
  const found = await findOnMac(macsOf(macAddress, network), run, { only: resolver });
  if (found !== undefined) return found;
  throw new AppError('no-address', `This Mac knows no address of the guest by ${resolver}.`, { retry: true });
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
