import { openLibrary } from '../open-library.ts';
import { withProgress } from '../progress.ts';
import type { DefineCommand } from '../program.ts';
import { wholeNumber } from '../values.ts';

export const define: DefineCommand = (command, terminal) => {
  command
    .argument('<source-name>', 'VM, shut down or suspended')
    .argument('<new-name>', 'Name of the new VM, which no VM has')
    // Tart's scripts give these; they are about pulling, which a VM that is here already does not need.
    .option('--insecure', 'No effect on a local VM')
    .option('--concurrency <n>', 'No effect on a local VM', atLeastOne, 4)
    .option('--prune-limit <GiB>', 'No effect: nothing is deleted to make room', wholeNumber(0, 2 ** 40), 100)
    .addHelpText('after', '\nShares the blocks of the disk where the file system can, else copies what is used.')
    .action(async (name: string, newName: string) => {
      const library = await openLibrary();
      await withProgress(terminal, `Cloning ${name}`, (work) => library.clone(name, newName, work));
    });
};

const atLeastOne = wholeNumber(1, 65_535);
