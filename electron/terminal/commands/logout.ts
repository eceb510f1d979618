import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Forget the name and password of a registry that tatin login has kept')
    .argument('<host>', 'Registry, with its port, e.g. ghcr.io')
    .action(async (host: string) => {
      await using operations = await Operations.open(terminal, { ifGone: 'wait' });
      await operations.call('registries.logOut', { host });
    });
};
