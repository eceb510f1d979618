import type { Library } from '../../library/library.ts';
import { CommandExit, exitCodes } from '../failure.ts';
import { remoteName } from '../image-names.ts';
import { openLibrary } from '../open-library.ts';
import type { DefineCommand } from '../program.ts';

const help = `
Of an image only the tag goes that is named; the image itself goes with its last tag, or if it is named by its digest.`;

export const define: DefineCommand = (command) => {
  command
    .description('Delete VMs, or images of the cache')
    .argument('<name...>', 'VMs, shut down or suspended, or images that were pulled')
    .option('--trash', 'Move VMs to the Trash instead of deleting them for good')
    .addHelpText('after', help)
    .action(async (names: string[], { trash }: { trash?: true }) => {
      const library = await openLibrary();
      const unique = [...new Set(names)].map((name) => ({
        name,
        image: name.includes('/') ? remoteName(name) : undefined,
      }));
      // Whether all of them are there is asked before the first is gone.
      for (const { name, image } of unique) await requireThere(library, name, image);
      for (const { name, image } of unique)
        if (image === undefined) await library.delete(name, trash === true ? 'trash' : 'permanent');
        else await deleteFromCache(library, image);
    });
};

async function requireThere(library: Library, name: string, image: string | undefined): Promise<void> {
  if (image !== undefined) {
    const { hasName, imageNotFound } = await import('../../registry/cache/remove.ts');
    if (!hasName(library.home, image)) throw new CommandExit(exitCodes.noSuchOrNotRunning, imageNotFound(image));
  } else if (library.inspector.inspect(name, library.home.vmFolder(name)) === undefined) await library.get(name);
}

async function deleteFromCache(library: Library, image: string): Promise<void> {
  const { deleteName } = await import('../../registry/cache/remove.ts');
  const { collectGarbage } = await import('../../registry/cache/collect-garbage.ts');
  await deleteName(library.home, image);
  await collectGarbage(library.home);
}
