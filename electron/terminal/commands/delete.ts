import { CommandExit, exitCodes } from '../failure.ts';
import { AppError } from '../../contract/errors.ts';
import { localId } from '../../operations/machines/local-names.ts';
import { remoteName } from '../image-names.ts';
import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';

const help = `
Of an image only the named tag is deleted; the image itself goes with its last tag, or when named by its digest.`;

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Delete VMs, or images of the cache')
    .argument('<name...>', 'VMs, shut down or suspended, or images that were pulled')
    .option('--trash', 'Move VMs to the Trash instead of deleting them for good')
    .addHelpText('after', help)
    .action(async (names: string[], { trash }: { trash?: true }) => {
      await using operations = await Operations.open(terminal);
      const unique = [...new Set(names)].map((name) => ({
        name,
        image: name.includes('/') ? remoteName(name) : undefined,
      }));
      // Whether all of them are there is asked before the first is gone.
      for (const { name, image } of unique)
        if (image === undefined) await operations.call('vms.get', { id: localId(name), from: 'disk' });
        else await requireImage(operations, image);
      for (const { name, image } of unique)
        if (image === undefined)
          await operations.call('vms.delete', { id: localId(name), permanently: trash !== true });
        else await operations.call('images.delete', { ids: [image] });
    });
};

/** @throws CommandExit with Tart's code for what is not there */
async function requireImage(operations: Operations, name: string): Promise<void> {
  try {
    await operations.call('images.find', { name });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'image-not-found') throw error;
    throw new CommandExit(exitCodes.noSuchOrNotRunning, error);
  }
}
