import type { MachineService } from '../operations/machines/machine-service.ts';
import { createServices } from '../operations/services.ts';
import type { DefineCommand } from './program.ts';

/** A command that asks one running machine for one thing. */
export function verbCommand(
  description: string,
  ask: (machines: MachineService, name: string) => Promise<unknown>,
): DefineCommand {
  return (command) => {
    command
      .description(description)
      .argument('<name>', 'VM that runs')
      .action(async (name: string) => {
        await using services = await createServices();
        await services.library.get(name);
        await ask(services.machines, name);
        await services.library.touch(name);
      });
  };
}
