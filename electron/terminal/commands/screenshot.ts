import { AppError } from '../../contract/errors.ts';
import { replaceFile } from '../../files/replace-file.ts';
import { localId } from '../../operations/machines/local-names.ts';
import { Operations } from '../operations.ts';
import { usageError } from '../failure.ts';
import { hostPath } from '../host-path.ts';
import type { DefineCommand } from '../program.ts';
import type { Terminal } from '../terminal.ts';

/** Wider than any display can be set. */
const anyWidth = 8192;

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Write a picture of the screen of a running VM, as PNG')
    .argument('<name>', 'Running VM')
    .argument('<file>', 'File to write, or - for standard output')
    .action((name: string, file: string) => screenshot(name, file, terminal));
};

async function screenshot(name: string, file: string, terminal: Terminal): Promise<void> {
  if (file === '-' && terminal.size !== undefined) throw usageError('A picture is not for a terminal: name a file.');
  await using operations = await Operations.open(terminal);
  const picture = await operations.call('vms.picture', { id: localId(name), maxWidth: anyWidth, live: true });
  if (picture === null)
    throw new AppError('state-not-allowed', `${name} shows nothing on its screen yet.`, { retry: true });
  const png = Buffer.from(picture.png, 'base64');
  if (file === '-') await terminal.writeRawAndWait(png);
  else await writeWhole(hostPath(file), png);
}

/** A script that waits for the file never sees half of it. */
async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await replaceFile(file, bytes);
  } catch (error) {
    throw new AppError('file-not-allowed', `The picture can't be written to ${file}.`, {
      details: error instanceof Error ? error.message : String(error),
      hint: 'Name a file in a folder that you may write to.',
      cause: error,
    });
  }
}
