import { openLibrary } from '../open-library.ts';
import type { DefineCommand } from '../program.ts';

export const define: DefineCommand = (command) => {
  command
    .argument('<name...>', 'VMs, shut down or suspended')
    .option('--trash', 'Move them to the Trash instead of deleting them for good')
    .action(async (names: string[], { trash }: { trash?: true }) => {
      const library = await openLibrary();
      // Whether all of them are there is asked before the first is gone.
      const missing = names.find((name) => library.inspector.inspect(name, library.home.vmFolder(name)) === undefined);
      if (missing !== undefined) await library.get(missing);
      for (const name of new Set(names)) await library.delete(name, trash === true ? 'trash' : 'permanent');
    });
};
