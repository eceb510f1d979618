import { InvalidArgumentError, Option } from 'commander';
import { remoteName } from '../image-names.ts';
import { usageError } from '../failure.ts';
import { localId } from '../../operations/machines/local-names.ts';
import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';
import { interrupted } from '../pull-in-terminal.ts';
import type { Terminal } from '../terminal.ts';
import { repeatable, wholeNumber } from '../values.ts';

interface Options {
  insecure?: true;
  concurrency?: number;
  chunkSize: number;
  label?: [string, string][];
  populateCache?: true;
}

const megabyte = 1_000_000;

const help = `
What the registry has already is not sent again, nor what it has in another repository where it can mount it from there.
An image of the cache is given further names in this way, without being read.

Examples:
  tatin push web ghcr.io/me/web:latest ghcr.io/me/web:1.2
  tatin push web ghcr.io/me/web --label org.opencontainers.image.source=https://github.com/me/web
  tatin push ghcr.io/me/web:latest ghcr.io/me/web:stable     another tag for what was pulled

Some registries take only small pieces: --chunk-size 3 for GHCR behind some proxies (below 4), 6 for ECR (above 5).`;

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Send a VM to a registry, under one name or several')
    .argument('<local-name>', 'VM, shut down or suspended, or image of the cache')
    .argument('<remote-name...>', 'Names that it is to have, host[:port]/namespace[:tag]')
    .option('--insecure', 'Talk to the registry by http, without encryption')
    .option('--concurrency <n>', 'Layers to send at once (default: 4, or what the settings say)', wholeNumber(1, 64))
    .option('--chunk-size <MB>', 'Send each layer in pieces of so many MB; 0: in one', wholeNumber(0, 100_000), 0)
    .addOption(new Option('--label <key=value>', 'Label of the image; repeatable').argParser(repeatable(labelOf)))
    .option('--populate-cache', 'Keep it in the cache as if it had been pulled')
    .addOption(new Option('--deduplicate').hideHelp())
    .addHelpText('after', help)
    .action((name: string, remotes: string[], options: Options) => run(name, remotes, options, terminal));
};

/** As Tart reads it: what has no `=` has no value. */
function labelOf(text: string): [string, string] {
  const [key = '', ...rest] = text.split('=');
  if (key.length > 1024) throw new InvalidArgumentError('Its key is longer than 1024 characters.');
  return [key, rest.join('=')];
}

async function run(name: string, remotes: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  const references = remotes.map((remote) => {
    const reference = remoteName(remote);
    if (reference === undefined)
      throw usageError(`'${remote}' is not the name of an image: host[:port]/namespace[:tag].`);
    return reference;
  });
  await using operations = await Operations.open(terminal);
  const image = remoteName(name);
  const request = {
    source:
      image === undefined
        ? ({ from: 'vm', id: localId(name) } as const)
        : ({ from: 'image', reference: image } as const),
    references,
    // Tart leaves out those without a key.
    labels: Object.fromEntries((options.label ?? []).filter(([key]) => key !== '')),
    chunkBytes: options.chunkSize * megabyte,
    populateCache: options.populateCache === true,
    insecure: options.insecure === true,
    concurrency: options.concurrency,
  };
  try {
    const { digest } = await operations.run('images.push', request);
    terminal.note(`Pushed ${digest}`);
  } catch (error) {
    throw terminal.interrupted.aborted ? interrupted(`Pushing ${name}`, error) : error;
  }
}
