import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';

/** Where systemd-resolved lists the servers that it asks itself, when resolv.conf names only its own address. */
const files = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf', '/run/NetworkManager/no-stub-resolv.conf'];

/** The name servers that this host asks. */
export interface NameServers {
  /** The first as resolv.conf names it, be it on the loopback; undefined if the host has none. */
  readonly first: string | undefined;
  /** Those that a guest can ask itself; at most three, as many as the C library asks. */
  readonly reachable: readonly string[];
}

/** Reads what the system resolves names with. */
export async function hostNameServers(from: readonly string[] = files): Promise<NameServers> {
  const texts = await Promise.all(from.map((file) => readFile(file, 'utf8').catch(() => '')));
  const lists = texts.map(parseResolvConf);
  const reachable = lists.map((list) => list.filter((address) => !address.startsWith('127.')));
  return {
    first: lists.find((list) => list.length > 0)?.[0],
    reachable: (reachable.find((list) => list.length > 0) ?? []).slice(0, 3),
  };
}

/** The IPv4 name servers of a resolv.conf, in its order (resolv.conf(5)). */
export function parseResolvConf(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const address = /^nameserver\s+(\S+)/.exec(line)?.[1];
    return address !== undefined && isIPv4(address) && address !== '0.0.0.0' ? [address] : [];
  });
}
