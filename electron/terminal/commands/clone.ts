import { localId } from '../../operations/machines/local-names.ts';
import { imageIdOf, remoteName } from '../image-names.ts';
import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';
import { pullInTerminal, definePullOptions, type PullOptions } from '../pull-in-terminal.ts';
import type { Terminal } from '../terminal.ts';
import { wholeNumber } from '../values.ts';

const gibibyte = 1024 ** 3;

interface Options extends PullOptions {
  pruneLimit: number;
}

const help = `
Shares the blocks of the disk where the file system can, else copies what is used. An image that is not here yet is
pulled first; one that is here is used as it is, even if its tag has moved on: tatin pull refreshes it.

Examples:
  tatin clone ghcr.io/cirruslabs/ubuntu:latest web
  tatin clone web web-before-upgrade

Afterwards, images that were not used for longest make room for what the guest may still write to its disk, at most as
much as --prune-limit says, unless TART_NO_AUTO_PRUNE is set.`;

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Duplicate a VM, or make one from an image of a registry')
    .argument('<source-name>', 'VM, shut down or suspended, or image, e.g. ghcr.io/cirruslabs/ubuntu:latest')
    .argument('<new-name>', 'Name of the new VM, which no VM has');
  definePullOptions(command)
    .option('--prune-limit <GiB>', 'Delete at most so much of the cache for it', wholeNumber(0, 2 ** 23), 100)
    .addHelpText('after', help)
    .action((name: string, newName: string, options: Options) => clone(name, newName, options, terminal));
};

async function clone(name: string, newName: string, options: Options, terminal: Terminal): Promise<void> {
  const pruneLimitBytes = options.pruneLimit * gibibyte;
  const image = remoteName(name);
  await using operations = await Operations.open(terminal);
  if (image === undefined) await operations.run('vms.clone', { id: localId(name), name: newName, pruneLimitBytes });
  else if ((await imageIdOf(operations, image)) !== undefined)
    await operations.run('images.clone', { id: image, name: newName, pruneLimitBytes });
  else await pullInTerminal(operations, image, { ...options, machine: { name: newName, pruneLimitBytes } }, terminal);
}
