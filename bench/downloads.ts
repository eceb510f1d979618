import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSecureContext } from 'node:tls';
import { Agent } from 'undici';
import { makeCertificates } from '../electron/registry/client/testing/certificates.ts';
import { getLayer } from '../electron/registry/disk/layer-get.ts';
import { type Contender, type Measurement, compare } from './measure.ts';
import { end, said, spawnCommand } from './processes.ts';

const pairs = 9;
const mebibytes = 512;

interface Download {
  readonly url: string;
  readonly ca: string;
}
type Take = (bytes: Uint8Array) => void;

/** Whether the download of layers earns its own HTTP client: its CPU time against undici's, each with the digest of what came. */
export async function measureDownloads(_: string, say: (line: string) => void): Promise<Measurement[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tatin-bench-downloads-'));
  const files = makeCertificates(folder);
  const program = path.join(import.meta.dirname, 'registry/blob-server.ts');
  const server = spawnCommand([process.execPath, program, String(mebibytes), files.certificate, files.key], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [plain, secure] = (await said(server, '\n')).trim().split(' ');
    const ca = readFileSync(files.ca, 'utf8');
    const measurements: Measurement[] = [];
    for (const [name, url] of [
      ['plain HTTP', `http://127.0.0.1:${plain}/`],
      ['TLS', `https://127.0.0.1:${secure}/`],
    ] as const)
      measurements.push(
        await compare(
          {
            key: `download-${new URL(url).protocol.slice(0, -1)}`,
            question: `CPU time of ${mebibytes} MiB by ${name}`,
            unit: 's',
          },
          contender('`getLayer` into SHA-256', (take) => byGetLayer({ url, ca }, take)),
          contender('undici into SHA-256', (take) => byUndici({ url, ca }, take)),
          pairs,
          say,
        ),
      );
    return measurements;
  } finally {
    await end(server);
    rmSync(folder, { recursive: true });
  }
}

function contender(name: string, download: (take: Take) => Promise<void>): Contender {
  const once = async () => {
    const hash = createHash('sha256');
    let count = 0;
    const before = process.cpuUsage();
    await download((bytes) => {
      hash.update(bytes);
      count += bytes.length;
    });
    const { user, system } = process.cpuUsage(before);
    if (count !== mebibytes * 1024 ** 2) throw new Error(`${count} bytes came.`);
    return (user + system) / 1e6;
  };
  return { name, once };
}

async function byGetLayer({ url, ca }: Download, take: Take): Promise<void> {
  const get = { url, headers: {}, route: { ca: [ca] }, offset: 0, sizeBytes: mebibytes * 1024 ** 2, stallMs: 30_000 };
  const outcome = await getLayer(get, take, new AbortController().signal);
  if (outcome.kind !== 'whole') throw new Error(`The download ended as ${outcome.kind}.`);
}

/** By the lowest of its interfaces, which copies least. */
async function byUndici({ url, ca }: Download, take: Take): Promise<void> {
  const agent = new Agent({ connect: { secureContext: createSecureContext({ ca }) }, allowH2: false });
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  agent.dispatch(
    { origin: new URL(url).origin, path: '/', method: 'GET' },
    {
      onRequestStart: () => undefined,
      onResponseStart: () => undefined,
      onResponseData: (_, bytes) => take(bytes),
      onResponseEnd: () => resolve(undefined),
      onResponseError: (_, error) => reject(error),
    },
  );
  try {
    await promise;
  } finally {
    await agent.close();
  }
}
