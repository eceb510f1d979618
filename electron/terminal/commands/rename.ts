import { openLibrary } from '../open-library.ts';
import type { DefineCommand } from '../program.ts';

export const define: DefineCommand = (command) => {
  command
    .argument('<name>', 'VM, shut down')
    .argument('<new-name>', 'Its new name, which no VM has')
    .action(async (name: string, newName: string) => {
      const library = await openLibrary();
      await library.rename(name, newName);
    });
};
