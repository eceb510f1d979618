import { readFile } from 'node:fs/promises';
import { guestAddress } from '../../../guest/qemu-guest.ts';
import type { QemuAgent } from '../../../guest/qemu-agent.ts';
import { neighbourOfMac, parseProcArp } from '../../../network/arp-table.ts';
import type { FindGuest } from '../../../network/forward-proxy.ts';
import { formatIpv4 } from '../../../network/ipv4.ts';
import type { Plan } from '../plan.ts';

/** Many connections in a row are led to one address; a guest that got another is found again after this. */
const trustedMs = 5_000;

/** Where a guest on a bridge is: by its agent, else by what this computer has heard of its card. */
export function guestFinder(agent: QemuAgent, plan: Plan): FindGuest {
  let known: { address: string; until: number } | undefined;
  return async (signal) => {
    if (known !== undefined && performance.now() < known.until) return known.address;
    const address = await look(agent, plan, signal);
    known = { address, until: performance.now() + trustedMs };
    return address;
  };
}

async function look(agent: QemuAgent, { network }: Plan, signal: AbortSignal): Promise<string> {
  try {
    return await guestAddress(agent, signal);
  } catch (error) {
    const mac = network.kind === 'bridged' ? network.cards[0]?.macAddress : undefined;
    const table = parseProcArp(await readFile('/proc/net/arp', 'utf8').catch(() => ''));
    const neighbour = mac === undefined ? undefined : neighbourOfMac(table, mac);
    if (neighbour === undefined) throw error;
    return formatIpv4(neighbour.address);
  }
}
