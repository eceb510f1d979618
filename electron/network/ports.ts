import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { AppError } from '../contract/errors.ts';
import type { PortForward } from '../contract/machine.ts';
import { codeOf } from '../files/error-codes.ts';
import { type PortOwner, portOwner } from './port-owner.ts';

/**
 * Makes sure that every port of the host is free, by taking each for a moment. Another program may still be faster
 * afterwards; who then opens them reports that.
 * @throws AppError `port-taken` naming the first that is not
 */
export async function checkPortsFree(forwards: readonly PortForward[]): Promise<void> {
  for (const forward of forwards) {
    try {
      await (forward.protocol === 'tcp' ? tryTcp(forward) : tryUdp(forward));
    } catch (error) {
      const owner = codeOf(error) === 'EADDRINUSE' ? await portOwner(forward) : undefined;
      throw portError(forward, error, owner);
    }
  }
}

/** Why a port forward can't be had, in the user's words. */
export function portError(forward: PortForward, cause: unknown, owner?: PortOwner): AppError {
  const port = `${forward.protocol.toUpperCase()} port ${forward.hostPort}`;
  const to = `It should lead to port ${forward.guestPort} of the guest.`;
  switch (codeOf(cause)) {
    case 'EACCES':
      return new AppError('port-taken', `${port} of this computer may only be opened by its administrator. ${to}`, {
        hint: 'Choose a port of 1024 or above.',
        cause,
      });
    case 'EADDRNOTAVAIL':
      return new AppError('port-taken', `This computer has no address ${forward.hostAddress} to open ${port} on.`, {
        hint: 'Use 127.0.0.1.',
        cause,
      });
    default:
      return new AppError('port-taken', `${port} of this computer is used by ${ownerText(owner)}. ${to}`, {
        hint: 'Choose another port for the forward, or end the program that uses this one.',
        retry: true,
        cause,
      });
  }
}

function ownerText(owner: PortOwner | undefined): string {
  if (owner?.machine !== undefined) return `the machine “${owner.machine}”`;
  return owner === undefined ? 'another program' : `${owner.program} (process ${owner.pid})`;
}

function tryTcp({ hostAddress, hostPort }: PortForward): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const server = createServer();
  server.on('error', reject);
  server.listen({ host: hostAddress, port: hostPort, exclusive: true }, () => server.close(() => resolve(undefined)));
  return promise;
}

function tryUdp({ hostAddress, hostPort }: PortForward): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const socket = createSocket('udp4');
  socket.on('error', (error) => {
    socket.close();
    reject(error);
  });
  socket.bind({ address: hostAddress, port: hostPort, exclusive: true }, () => socket.close(() => resolve(undefined)));
  return promise;
}
