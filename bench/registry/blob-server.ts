/**
 * Serves so many MiB of noise to every GET, over plain HTTP and over TLS: `blob-server.ts MIB CERTIFICATE KEY`. Prints both
 * ports on a line.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Server, type ServerResponse, createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';

const [mebibytes = '', certificate = '', key = ''] = process.argv.slice(2);
const piece = randomBytes(1024 ** 2);

async function answer(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-length': Number(mebibytes) * piece.length });
  for (let count = 0; count < Number(mebibytes); count++) if (!response.write(piece)) await once(response, 'drain');
  response.end();
}

async function portOf(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  // Always so for a server that listens on a port.
  return (server.address() as AddressInfo).port;
}

const secure = createSecureServer({ cert: readFileSync(certificate), key: readFileSync(key) });
const servers = [createServer(), secure].map((server) => server.on('request', (_, response) => void answer(response)));
console.log(...(await Promise.all(servers.map(portOf))));
