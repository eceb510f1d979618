/**
 * A program that pulls and pushes, one line of its input at a time: `pull HOME REFERENCE`, `push HOME VM REFERENCE`. `peak`
 * says how many bytes of memory it had at most.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Home } from '../../library/home.ts';
import { parseReference } from '../client/reference.ts';
import { openRegistry } from '../client/registry-client.ts';
import { pullImage } from '../pull/pull.ts';
import { pushImage } from '../push/push.ts';

const signal = new AbortController().signal;
const clientOf = (host: string) => openRegistry({ host, insecure: true });

async function work(line: string): Promise<string> {
  if (line === 'peak') return String(peakBytes());
  const [verb, folder = '', ...words] = line.split(' ');
  const home = new Home(folder);
  if (verb === 'pull') {
    const reference = parseReference(words[0] ?? '');
    const common = { reference, home, signal, progress: () => undefined };
    const { outcome } = await pullImage({ ...common, client: clientOf(reference.host), concurrency: 2 });
    return outcome;
  }
  const [name = '', to = ''] = words;
  const vmFolder = home.vmFolder(name);
  await pushImage({ vmFolder, home, references: [parseReference(to)], clientOf, signal, progress: () => undefined });
  return 'pushed';
}

/** Of this program alone: what getrusage says begins with what its parent had (Linux, fork). */
function peakBytes(): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

console.log('ready');
for await (const line of createInterface({ input: process.stdin })) console.log(await work(line));
process.exit();
