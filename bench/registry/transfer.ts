/**
 * Does one thing with an image and prints the seconds of the work alone, without the start of Node: for comparing two
 * works of ours. `pull HOME REFERENCE`, `copy FROM TO`.
 */
import { copyFileSparsely } from '../../electron/files/copy.ts';
import { Home } from '../../electron/library/home.ts';
import { parseReference } from '../../electron/contract/reference.ts';
import { openRegistry } from '../../electron/registry/client/registry-client.ts';
import { pullImage } from '../../electron/registry/pull/pull.ts';

const [verb, from = '', to = ''] = process.argv.slice(2);
const signal = new AbortController().signal;
const start = performance.now();
if (verb === 'copy') await copyFileSparsely(from, to, 'The copy', { signal, onBytes: () => undefined });
else {
  const reference = parseReference(to);
  await using client = openRegistry({ host: reference.host, insecure: true });
  await pullImage({ reference, client, home: new Home(from), signal, progress: () => undefined });
}
console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000 }));
