import { localId } from '../operations/machines/local-names.ts';
import { Operations } from './operations.ts';
import type { DefineCommand } from './program.ts';

/** A command that asks one running machine for one thing. */
export function verbCommand(
  description: string,
  procedure: 'machines.pause' | 'machines.resume' | 'machines.reset',
): DefineCommand {
  return (command, terminal) => {
    command
      .description(description)
      .argument('<name>', 'Running VM')
      .action(async (name: string) => {
        await using operations = await Operations.open(terminal);
        await operations.call(procedure, { id: localId(name) });
      });
  };
}
