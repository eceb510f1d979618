import { localId } from '../../operations/machines/local-names.ts';
import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';

export const define: DefineCommand = (command, terminal) => {
  command
    .argument('<name>', 'VM, shut down')
    .argument('<new-name>', 'Its new name, which no VM has')
    .action(async (name: string, newName: string) => {
      await using operations = await Operations.open(terminal);
      await operations.call('vms.rename', { id: localId(name), name: newName });
    });
};
