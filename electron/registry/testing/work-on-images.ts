/**
 * A program that pulls and pushes, one line of its input at a time: `pull HOME REFERENCE`, `push HOME VM REFERENCE`. `try HOME
 * REFERENCE` pulls without much patience, and says in JSON what came of it. `peak` says how many bytes of memory it had at
 * most.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { AppError, type ErrorInfo } from '../../contract/errors.ts';
import { Home } from '../../library/home.ts';
import { type Reference, parseReference } from '../../contract/reference.ts';
import { openRegistry } from '../client/registry-client.ts';
import type { RetryLimits } from '../pull/fetch-layer.ts';
import { pullImage } from '../pull/pull.ts';
import { pushImage } from '../push/push.ts';

/** What came of a pull. */
export type Attempt = { readonly outcome: string } | { readonly error: ErrorInfo };

const impatience: RetryLimits = { attempts: 5, pauseMs: 2, maxPauseMs: 10, stallMs: 2000, lockMs: 100 };
const signal = new AbortController().signal;
const clientOf = (host: string) => openRegistry({ host, insecure: true });

async function work(line: string): Promise<string> {
  if (line === 'peak') return String(peakBytes());
  const [verb, folder = '', ...words] = line.split(' ');
  const home = new Home(folder);
  if (verb === 'try') return JSON.stringify(await attempt(home, parseReference(words[0] ?? '')));
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

async function attempt(home: Home, reference: Reference): Promise<Attempt> {
  const retries = { attempts: 4, pauseMs: 2, maxPauseMs: 10 };
  await using client = openRegistry({ host: reference.host, insecure: true, stallMs: 2000, retries });
  const common = { reference, client, home, signal, progress: () => undefined, endurance: impatience };
  try {
    return { outcome: (await pullImage({ ...common, concurrency: 4 })).outcome };
  } catch (error) {
    return { error: AppError.from(error).toInfo() };
  }
}

/** Of this program alone: what getrusage says begins with what its parent had (Linux, fork). */
function peakBytes(): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

console.log('ready');
for await (const line of createInterface({ input: process.stdin })) console.log(await work(line));
process.exit();
