/**
 * Builds the demo guest for this computer's kind of processor, or for the one named (`amd64`, `arm64`), unless the cache
 * has it. The last line printed is the path of the image. Exit code 3: it can't be built here, and why.
 */
import { join } from 'node:path';
import { DemoGuest } from '../electron/demo-guest/demo-guest.ts';
import { cacheFolder } from '../electron/host/folders.ts';

const root = join(import.meta.dirname, '..');
const arch = process.argv[2] ?? (process.arch === 'arm64' ? 'arm64' : 'amd64');
const stop = new AbortController();
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => stop.abort());

if (arch !== 'amd64' && arch !== 'arm64') {
  console.error(`demo-guest: unknown processor ${arch}. Say amd64 or arm64.`);
  process.exit(2);
}

const guest = new DemoGuest({ cacheFolder: cacheFolder(), projectRoot: root });
const status = await guest.status(arch);
if (!status.available) {
  console.error(status.reason);
  process.exit(3);
}
try {
  const image = await guest.build(arch, {
    signal: stop.signal,
    progress: ({ step }) => void (step === undefined ? undefined : console.log(step)),
  });
  console.log(image);
} catch (error) {
  const details = error instanceof Error && 'details' in error ? `\n${error.details}` : '';
  console.error(`${error instanceof Error ? error.message : error}${details}`);
  process.exitCode = 1;
}
