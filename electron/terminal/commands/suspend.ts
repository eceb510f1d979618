import { localId } from '../../operations/machines/local-names.ts';
import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';
import { inTartsWords } from '../running.ts';

export const define: DefineCommand = (command, terminal) => {
  command
    .description("Save a running VM's state to disk and stop it; tatin run resumes it")
    .argument('<name>', 'Running VM')
    .action(async (name: string) => {
      await using operations = await Operations.open(terminal);
      await inTartsWords(name, () => operations.call('machines.suspend', { id: localId(name) }));
    });
};
