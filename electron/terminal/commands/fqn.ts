import { AppError } from '../../contract/errors.ts';
import { imageIdOf, remoteName } from '../image-names.ts';
import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';
import type { Terminal } from '../terminal.ts';

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Print the whole name of a pulled image, with the digest that its tag leads to')
    .argument(
      '<name>',
      'Image that was pulled, e.g. ghcr.io/cirruslabs/ubuntu:latest, or a VM, whose name is printed as it is',
    )
    .action(async (name: string) => {
      const remote = remoteName(name);
      if (remote === undefined) terminal.print(name);
      else terminal.print(await digestName(remote, terminal));
    });
};

async function digestName(name: string, terminal: Terminal): Promise<string> {
  await using operations = await Operations.open(terminal);
  const id = await imageIdOf(operations, name);
  if (id !== undefined) return id;
  throw new AppError('image-not-found', `${name} is not a digest and doesn't point to a digest`, {
    hint: `Pull it first: tatin pull ${name}`,
  });
}
