import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { Home } from '../../library/home.ts';
import { parseReference } from '../../contract/reference.ts';
import { openRegistry } from '../client/registry-client.ts';
import { startRegistry, trustOf } from '../client/testing/registry.ts';
import { pullImage } from '../pull/pull.ts';
import { pushImage } from '../push/push.ts';
import { fastRetries, vmWithDisk } from '../testing/image-bed.ts';
import { ChunkReader } from './chunk-reader.ts';
import { parseHead } from './http-head.ts';
import { type GetOutcome, getLayer } from './layer-get.ts';

const signal = new AbortController().signal;
const blob = randomBytes(3_000_000);

/** Asks a server that answers so; what came, and how it ended. */
async function getFrom(
  answer: (response: ServerResponse, range: string | undefined) => void,
  offset = 0,
): Promise<{ outcome: GetOutcome; came: Buffer }> {
  const server = createServer((request, response) => answer(response, request.headers.range));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const parts: Buffer[] = [];
  try {
    // A server that listens on a port has an address with one.
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/blob`;
    const get = { url, headers: {}, route: {}, offset, sizeBytes: blob.length, stallMs: 5000 };
    const outcome = await getLayer(get, (bytes, length) => parts.push(Buffer.from(bytes.subarray(0, length))), signal);
    return { outcome, came: Buffer.concat(parts) };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('getting a layer', () => {
  it('takes a body of known length, one in chunks, and the rest of one that was sent from the start', async () => {
    const whole = await getFrom((response) => response.writeHead(200, { 'content-length': blob.length }).end(blob));
    expect(whole.outcome).toEqual({ kind: 'whole' });
    expect(whole.came.equals(blob)).toBe(true);
    const chunked = await getFrom((response) => {
      for (let at = 0; at < blob.length; at += 77_777) response.write(blob.subarray(at, at + 77_777));
      response.end();
    });
    expect(chunked.came.equals(blob)).toBe(true);
    const rest = await getFrom(
      (response) => response.writeHead(200, { 'content-length': blob.length }).end(blob),
      1_234_567,
    );
    expect(rest.outcome).toEqual({ kind: 'whole' });
    expect(rest.came.equals(blob.subarray(1_234_567))).toBe(true);
  });

  it.each<[string, (response: ServerResponse) => void, RegExp]>([
    [
      'of another length',
      (response) => response.writeHead(200, { 'content-length': 5 }).end('12345'),
      /sends 5 bytes where 3000000 belong/,
    ],
    [
      'of another range',
      (response) => response.writeHead(206, { 'content-range': 'bytes 9-10/20' }).end('12'),
      /another range/,
    ],
    [
      'that is packed once more',
      (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('12'),
      /re-encoded/,
    ],
    [
      'without an end of its head',
      (response) => response.socket?.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(70_000)}`),
      /no end of its head/,
    ],
    ['that is not HTTP', (response) => response.socket?.write('SSH-2.0-OpenSSH\r\n\r\n'), /not HTTP/],
  ])('refuses an answer %s', async (_, answer, reason) => {
    const { outcome, came } = await getFrom(answer);
    expect(outcome).toMatchObject({ kind: 'cut', reason: expect.stringMatching(reason) as string });
    expect(came).toHaveLength(0);
  });

  it('goes over TLS by the authority that the client trusts, and through a proxy', async () => {
    using folder = temporaryFolder();
    await using registry = await startRegistry({ tls: true });
    const asked: string[] = [];
    const proxy = createServer().on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      const { hostname, port } = new URL(`http://${request.url ?? ''}`);
      const onward = connect(Number(port), hostname, () => socket.write('HTTP/1.1 200 Connected\r\n\r\n'));
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
      onward.pipe(socket).pipe(onward);
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    try {
      const home = new Home(path.join(folder.path, 'home'));
      const vmFolder = vmWithDisk(home, 'vm', blob);
      const reference = parseReference(`${registry.host}/secure/vm`);
      const common = { home, signal, progress: () => undefined };
      await using client = openRegistry({ host: registry.host, ...trustOf(registry) });
      await pushImage({ ...common, vmFolder, references: [reference], clientOf: () => client });
      const direct = await pullImage({ ...common, reference, client, endurance: fastRetries });
      expect(readFileSync(path.join(direct.folder, 'disk.img')).equals(blob)).toBe(true);
      // This computer is never asked by a proxy, so the route is put in its way.
      const through = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      const blobRequest: typeof client.blobRequest = async (...words) => {
        const request = await client.blobRequest(...words);
        return { ...request, route: { ...request.route, proxy: through } };
      };
      const second = new Home(path.join(folder.path, 'second'));
      const proxied = await pullImage({
        ...common,
        home: second,
        reference,
        client: { ...client, blobRequest },
        endurance: fastRetries,
      });
      expect(readFileSync(path.join(proxied.folder, 'disk.img')).equals(blob)).toBe(true);
      expect(asked).toContain(registry.host);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });
});

describe('the chunked coding', () => {
  it('is taken off however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 })),
        fc.integer({ min: 1, max: 20 }),
        (chunks, cut) => {
          const body = chunks.map((chunk) => [
            Buffer.from(`${chunk.length.toString(16)};x=y\r\n`),
            Buffer.from(chunk),
            Buffer.from('\r\n'),
          ]);
          const sent = Buffer.concat([...body.flat(), Buffer.from('0\r\n\r\n')]);
          const reader = new ChunkReader();
          const parts: Buffer[] = [];
          for (let at = 0; at < sent.length; at += cut)
            if (!reader.read(sent.subarray(at, at + cut), (piece) => parts.push(Buffer.from(piece)))) break;
          expect(Buffer.concat(parts).equals(Buffer.concat(chunks))).toBe(true);
        },
      ),
    );
  });

  it('is refused where there is none, within bounded memory', () => {
    expect(new ChunkReader().read(Buffer.from('no size\r\n'), () => undefined)).toBe(false);
    expect(new ChunkReader().read(Buffer.alloc(5000, '1'), () => undefined)).toBe(false);
    expect(parseHead('HTTP/2 200')).toBeUndefined();
  });
});
