import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { PortForward } from '../contract/machine.ts';

/** What the guest is told of its network. */
export interface GuestNetwork {
  readonly address: string;
  readonly gateway: string;
  readonly nameServer: string;
  readonly prefixBits: number;
}

/** The user that passt becomes when it is started by root: nobody, by Linux's convention. */
const nobody = 65534;

/** A folder that passt can make its socket in, and nobody but this user and passt can enter. */
export async function passtSocketFolder(runFolder: string): Promise<AsyncDisposable & { path: string }> {
  if (process.getuid?.() !== 0) return { path: runFolder, [Symbol.asyncDispose]: () => Promise.resolve() };
  // The run folder lies below folders that only root may enter.
  const folder = await mkdtemp(path.join(tmpdir(), 'tatin-net-'));
  await chown(folder, nobody, nobody);
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/**
 * passt's arguments. It ends with its one client, and the guest reaches through it what the host reaches, but nothing
 * that listens on the host's loopback only (`--no-map-gw`); name look-ups go to the host's own name server.
 */
export function passtArguments(socket: string, network: GuestNetwork, forwards: readonly PortForward[]): string[] {
  return [
    ...['--foreground', '--one-off', '--stderr', '--quiet', '--socket', socket],
    '--no-map-gw',
    ...['--address', network.address, '--netmask', String(network.prefixBits), '--gateway', network.gateway],
    ...['--dns', network.nameServer, '--dns-forward', network.nameServer],
    ...forwards.flatMap((forward) => [
      forward.protocol === 'tcp' ? '--tcp-ports' : '--udp-ports',
      `${forward.hostAddress}/${forward.hostPort}:${forward.guestPort}`,
    ]),
  ];
}
