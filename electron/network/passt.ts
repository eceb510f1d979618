import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { PortForward } from '../contract/machine.ts';
import type { GuestNetwork } from './guest-subnet.ts';
import type { NameServers } from './name-servers.ts';

/** The user that passt becomes when it is started by root: nobody, by Linux's convention. */
const nobody = 65534;

/** What the names of folders begin with that are made for passt where it can't use the run folder. */
export const passtFolderPrefix = 'tatin-net-';

/** A folder that passt can make its socket in, and nobody but this user and passt can enter. */
export async function passtSocketFolder(runFolder: string): Promise<AsyncDisposable & { path: string }> {
  if (process.getuid?.() !== 0) return { path: runFolder, [Symbol.asyncDispose]: () => Promise.resolve() };
  // The run folder lies below folders that only root may enter.
  const folder = await mkdtemp(path.join(tmpdir(), passtFolderPrefix));
  await chown(folder, nobody, nobody);
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** How the guest comes to a name server. */
export interface GuestNames {
  readonly arguments: readonly string[];
  /** Whether names can be looked up at all. */
  readonly works: boolean;
}

/**
 * Name look-ups of the guest. A passt that can (since 2024) passes them on to the host's own server, wherever that is;
 * an older one can only tell the guest the servers that it can reach by itself.
 */
export function guestNames(network: GuestNetwork, servers: NameServers, canForward: boolean): GuestNames {
  const { first, reachable } = servers;
  if (canForward && first !== undefined) {
    const forward = ['--dns', network.nameServer, '--dns-forward', network.nameServer, '--dns-host', first];
    return { arguments: forward, works: true };
  }
  return { arguments: reachable.flatMap((server) => ['--dns', server]), works: reachable.length > 0 };
}

/** How passt comes to its one client: on a socket of its own, or by a connection that it is given as a descriptor. */
export type PasstClient = { readonly socket: string } | { readonly descriptor: number };

/** What passt makes for one guest. */
export interface PasstNetwork {
  readonly guest: GuestNetwork;
  /** What listens on the host's loopback only answers the guest at its gateway. */
  readonly hostLoopback: boolean;
}

/**
 * passt's arguments. It ends with its one client. The guest reaches through it what the host reaches, but nothing that
 * listens on the host's loopback only (`--no-map-gw`), unless that was asked for.
 */
export function passtArguments(
  client: PasstClient,
  { guest, hostLoopback }: PasstNetwork,
  names: GuestNames,
  forwards: readonly PortForward[],
): string[] {
  return [
    ...['--foreground', '--one-off', '--stderr', '--quiet'],
    ...('socket' in client ? ['--socket', client.socket] : ['--fd', String(client.descriptor)]),
    ...(hostLoopback ? [] : ['--no-map-gw']),
    ...['--address', guest.address, '--netmask', String(guest.prefixBits), '--gateway', guest.gateway],
    ...names.arguments,
    ...forwards.flatMap((forward) => [
      forward.protocol === 'tcp' ? '--tcp-ports' : '--udp-ports',
      `${forward.hostAddress}/${forward.hostPort}:${forward.guestPort}`,
    ]),
  ];
}
