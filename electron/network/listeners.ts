import { readFile } from 'node:fs/promises';
import type { PortForward } from '../contract/machine.ts';
import { formatIpv4 } from './ipv4.ts';

/** A port of this computer that somebody has taken. */
export interface Listener {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  /** Of the socket, by which `/proc/<pid>/fd` names it. */
  readonly inode: string;
}

/** The kernel's number for a TCP socket that listens (include/net/tcp_states.h), and for a UDP one without a peer. */
const waiting = { tcp: '0A', udp: '07' } as const;

/** Ports that are taken on this Linux computer; empty elsewhere. Nothing is opened to find out. */
export async function listeners(): Promise<Listener[]> {
  const read = async (protocol: 'tcp' | 'udp', file: string) =>
    parseProcNet(protocol, await readFile(file, 'utf8').catch(() => ''));
  const lists = await Promise.all([
    read('tcp', '/proc/net/tcp'),
    read('tcp', '/proc/net/tcp6'),
    read('udp', '/proc/net/udp'),
    read('udp', '/proc/net/udp6'),
  ]);
  return lists.flat();
}

/** Linux's `/proc/net/tcp` and its like (proc_net_tcp.rst). */
function parseProcNet(protocol: 'tcp' | 'udp', text: string): Listener[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state = '', , , , , , inode = ''] = line.trim().split(/\s+/);
      const [, address = '', port = ''] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(local) ?? [];
      if (state !== waiting[protocol] || address === '') return [];
      return [{ protocol, address: addressOf(address), port: Number.parseInt(port, 16), inode }];
    });
}

/** Four bytes as the processor keeps them, lowest first on every one that we run on; of IPv6 only “all” matters here. */
function addressOf(hex: string): string {
  if (hex.length === 32) return /^0+$/.test(hex) ? '0.0.0.0' : '::';
  return formatIpv4(Buffer.from(hex, 'hex').readUInt32LE());
}

/** The sockets that stand in the way of a forward, or are it. */
export function listenersOn(
  all: readonly Listener[],
  { protocol, hostAddress, hostPort }: Pick<PortForward, 'protocol' | 'hostAddress' | 'hostPort'>,
): Listener[] {
  const everywhere = '0.0.0.0';
  return all.filter(
    (one) =>
      one.protocol === protocol &&
      one.port === hostPort &&
      (one.address === hostAddress || one.address === everywhere || hostAddress === everywhere),
  );
}
