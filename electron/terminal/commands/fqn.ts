import { AppError } from '../../contract/errors.ts';
import { chosenHome } from '../../settings/chosen-home.ts';
import { Home } from '../../library/home.ts';
import { findImage } from '../../registry/cache/clone-image.ts';
import { remoteName } from '../image-names.ts';
import type { DefineCommand } from '../program.ts';

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Print the whole name of a pulled image, with the digest that its tag leads to')
    .argument(
      '<name>',
      'Image that was pulled, e.g. ghcr.io/cirruslabs/ubuntu:latest, or a VM, whose name is printed as it is',
    )
    .action((name: string) => {
      const remote = remoteName(name);
      if (remote === undefined) terminal.print(name);
      else terminal.print(digestName(remote));
    });
};

function digestName(name: string): string {
  const image = findImage(new Home(chosenHome()), name);
  if (image !== undefined) return image.id;
  throw new AppError('image-not-found', `${name} is not a digest and doesn't point to a digest`, {
    hint: `Pull it first: tatin pull ${name}`,
  });
}
