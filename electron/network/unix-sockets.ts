import { chmodSync, rmSync } from 'node:fs';
import { type Server, type Socket, connect } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode } from '../files/error-codes.ts';

/**
 * Longest path that fits into a Unix socket's address on every system: 104 bytes on macOS, one of them the zero at the
 * end (`sockaddr_un`).
 */
const maxPathBytes = 103;

/** Connects to a Unix socket whatever the length of its folder's path. Errors are Node's, from the socket. */
export function connectUnix(socketPath: string): Socket {
  return nearby(socketPath, (address) => connect(address));
}

const connectPauseMs = 5;

/**
 * Connects to a Unix socket as soon as a program listens there, which it may begin to at any moment.
 * @throws the signal's reason, and Node's errors but those that say that nobody listens yet
 */
export async function connectWhenListening(socketPath: string, signal: AbortSignal): Promise<Socket> {
  for (;;) {
    signal.throwIfAborted();
    const socket = connectUnix(socketPath);
    try {
      await once(socket, 'connect', { signal });
      return socket;
    } catch (error) {
      socket.destroy();
      if (!hasCode(error, 'ENOENT', 'ECONNREFUSED')) throw error;
    }
    await delay(connectPauseMs, undefined, { signal });
  }
}

/**
 * Makes a server listen on a Unix socket for this user alone, in place of one that was left there; resolves when it does. The caller makes
 * sure that nobody alive listens there.
 */
export async function listenUnix(server: Server, socketPath: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once('error', reject);
  rmSync(socketPath, { force: true });
  nearby(socketPath, (address) => server.listen(address, () => resolve(undefined)));
  await promise;
  server.off('error', reject);
  // Whoever may connect to a socket of a guest owns the guest.
  chmodSync(socketPath, 0o600);
}

/**
 * Node binds and connects Unix sockets before the call returns, so that a step into the folder and out again, in which
 * no other code runs, makes any path short enough. It is also how Tart makes `control.sock`.
 */
function nearby<T>(socketPath: string, use: (address: string) => T): T {
  if (Buffer.byteLength(socketPath) <= maxPathBytes) return use(socketPath);
  const before = process.cwd();
  process.chdir(path.dirname(socketPath));
  try {
    return use(path.basename(socketPath));
  } finally {
    process.chdir(before);
  }
}
