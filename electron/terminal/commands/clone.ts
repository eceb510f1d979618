import type { Library } from '../../library/library.ts';
import type { Work } from '../../jobs/work.ts';
import { remoteName } from '../image-names.ts';
import { openLibrary } from '../open-library.ts';
import { Operations } from '../operations.ts';
import { withProgress } from '../progress.ts';
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
    .option('--prune-limit <GiB>', 'Give up at most so much of the cache for it', wholeNumber(0, 2 ** 23), 100)
    .addHelpText('after', help)
    .action((name: string, newName: string, options: Options) => clone(name, newName, options, terminal));
};

async function clone(name: string, newName: string, options: Options, terminal: Terminal): Promise<void> {
  const library = await openLibrary();
  const limit = options.pruneLimit * gibibyte;
  const image = remoteName(name);
  if (image === undefined)
    await withProgress(terminal, `Cloning ${name}`, (work) => cloneVm(library, name, newName, limit, work));
  else {
    const { cloneImage, findImage } = await import('../../registry/cache/clone-image.ts');
    // What is wrong with the name is better known before an hour of pulling.
    library.requireFreeName(newName);
    if (findImage(library.home, image) === undefined) {
      await using operations = await Operations.open(terminal);
      await pullInTerminal(operations, image, options, terminal);
    }
    await withProgress(terminal, `Cloning ${name}`, (work) => cloneImage(library, image, newName, work, limit));
  }
}

async function cloneVm(library: Library, name: string, newName: string, limit: number, work: Work): Promise<void> {
  const made = await library.clone(name, newName, work);
  const canGrow = Math.min(made.diskBytes - made.allocatedBytes, limit);
  if (canGrow <= 0) return;
  const { makeRoom } = await import('../../registry/cache/prune.ts');
  await makeRoom(library.home, canGrow, work);
}
