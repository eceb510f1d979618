import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { connectUnix, listenUnix } from '../../../network/unix-sockets.ts';
import { sockets } from '../command-line.ts';
import type { Qmp } from '../qmp.ts';

const statusSchema = z.object({
  status: z.string().optional(),
  'error-desc': z.string().optional(),
  'blocked-reasons': z.array(z.string()).optional(),
});

/** More than any disk can take; QEMU's own default would draw the saving out to spare a network. */
const bytesPerSecond = 2 ** 40;
const pollMs = 20;
const pieceBytes = 1024 ** 2;

/** Why the guest's state can't be saved now, if so: some devices keep state of their own outside the guest. */
export async function savingBlocked(qmp: Qmp): Promise<string | undefined> {
  const { 'blocked-reasons': reasons = [] } = await qmp.ask(statusSchema, 'query-migrate');
  return reasons.length === 0 ? undefined : reasons.join('; ');
}

/**
 * Writes the state of a stopped guest to a file and makes sure that it is on disk. It goes through a socket of ours and
 * not through a program that QEMU starts, so that an error of the file is seen, and QEMU may be forbidden to start any.
 */
export async function saveMemory(qmp: Qmp, runFolder: string, file: string): Promise<void> {
  const socketPath = path.join(runFolder, 'outgoing.sock');
  const server = createServer({ pauseOnConnect: true });
  try {
    await listenUnix(server, socketPath);
    const connection = once(server, 'connection');
    await qmp.execute('migrate-set-parameters', { 'max-bandwidth': bytesPerSecond });
    await qmp.execute('migrate', { uri: 'unix:outgoing.sock' });
    // Node gives `connection` one argument, a socket; `once` can't know.
    const [socket] = (await connection) as [NodeJS.ReadableStream & { destroy(): void }];
    const options = { flags: 'wx', mode: 0o600, highWaterMark: pieceBytes, flush: true };
    try {
      await pipeline(socket, createWriteStream(file, options));
      await migrated(qmp);
    } finally {
      socket.destroy();
    }
  } finally {
    server.close();
    await rm(socketPath, { force: true });
  }
}

/** Feeds a saved state to a QEMU that was started to wait for one; the guest is paused afterwards. */
export async function loadMemory(qmp: Qmp, runFolder: string, file: string): Promise<void> {
  await qmp.execute('migrate-incoming', { uri: `unix:${sockets.incoming}` });
  const socket = connectUnix(path.join(runFolder, sockets.incoming));
  try {
    await once(socket, 'connect');
    await pipeline(createReadStream(file, { highWaterMark: pieceBytes }), socket);
    await migrated(qmp);
  } finally {
    socket.destroy();
    await rm(path.join(runFolder, sockets.incoming), { force: true });
  }
}

async function migrated(qmp: Qmp): Promise<void> {
  for (;;) {
    const { status, 'error-desc': reason } = await qmp.ask(statusSchema, 'query-migrate');
    if (status === 'completed') return;
    if (status === 'failed' || status === 'cancelled') throw new Error(reason ?? `QEMU says: ${status}`);
    await delay(pollMs);
  }
}
