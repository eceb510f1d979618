import { printableLine } from '../../contract/printable.ts';
import type { Command } from 'commander';
import type { CheckedImage } from '../../contract/images.ts';
import { Operations } from '../operations.ts';
import { CommandExit, exitCodes } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

const help = `
Reads every image of the cache and compares it with what its manifest says, which takes as long as reading the disks.
Ends with 1 if one is not what it should be, and names it. Images of Tart's first versions have no manifest to compare
with: they are named, and no failure.`;

/** Adds `doctor cache`. */
export function defineCacheCheck(doctor: Command, terminal: Terminal): void {
  doctor
    .command('cache')
    .summary('Verify all images of the cache')
    .description('Verify that every image of the cache is whole and holds what it should')
    .option('--json', 'Print everything as JSON')
    .helpOption('-h, --help', 'Show help')
    .addHelpText('after', help)
    // The parent has an option of the same name, and takes it wherever it stands.
    .action((_options, command: Command) => check(command.optsWithGlobals<{ json?: true }>().json === true, terminal));
}

async function check(asJson: boolean, terminal: Terminal): Promise<void> {
  await using operations = await Operations.open(terminal);
  const { images } = await operations.run('images.check', {});
  if (asJson) terminal.print(JSON.stringify({ images }, undefined, 2));
  else terminal.print(images.map(lineOf).join('\n'));
  if (images.some(({ state }) => state === 'damaged')) throw new CommandExit(exitCodes.failure);
}

function lineOf({ id, tags, state, problems }: CheckedImage): string {
  const name = printableLine(tags.length === 0 ? id : `${id} (${tags.join(', ')})`);
  return [`${state}: ${name}`, ...problems.map((problem) => `  ${printableLine(problem)}`)].join('\n');
}
