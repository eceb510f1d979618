import { Option } from 'commander';
import type { PruneCandidate, PruneReport } from '../../contract/images.ts';
import { usageError } from '../failure.ts';
import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';
import type { Terminal } from '../terminal.ts';
import { type Column, textTable } from '../text-table.ts';
import { wholeNumber } from '../values.ts';
import { diskText } from '../../contract/words/sizes.ts';
import { relativeText } from '../../contract/words/times.ts';

interface Options {
  entries: 'caches' | 'vms';
  olderThan?: number;
  spaceBudget?: number;
  cacheBudget?: number;
  gc?: true;
  dryRun?: true;
}

const gibibyte = 1024 ** 3;

const help = `
Of the caches, it takes images of registries, restore images of macOS and pulls that were cut off; of the VMs, those
that do not run. What the app has pinned stays; Tart does not know of pins, and its own prune takes such images too.

Examples:
  tatin prune --older-than 7                     what was not used for a week
  tatin prune --space-budget 50 --dry-run        what would be deleted so that 50 GiB are left; deletes nothing
  tatin prune --entries vms --older-than 30      VMs that were not used for a month

A pull that lacks room prunes by itself, least recently used first, unless TART_NO_AUTO_PRUNE is set.`;

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Delete images and VMs that were not used for long, or that are too much')
    .addOption(new Option('--entries <entries>', 'What to prune').choices(['caches', 'vms']).default('caches'))
    .option('--older-than <days>', 'Delete what was last used that many days ago or earlier', wholeNumber(0, 36_500))
    .option('--space-budget <GiB>', 'Keep, newest use first, what fits; delete the rest', wholeNumber(0, 2 ** 23))
    .addOption(new Option('--cache-budget <GiB>').argParser(wholeNumber(0, 2 ** 23)).hideHelp())
    .addOption(new Option('--gc', 'Only delete tags and images that nothing leads to').hideHelp())
    .option('--dry-run', 'Show what would be deleted and why the rest stays; delete nothing')
    .addHelpText('after', help)
    .action((options: Options) => run(options, terminal));
};

async function run(options: Options, terminal: Terminal): Promise<void> {
  const { entries, olderThan, spaceBudget, cacheBudget, gc, dryRun } = options;
  if (spaceBudget !== undefined && cacheBudget !== undefined)
    throw usageError('--cache-budget is the old name of --space-budget: give one of them.');
  const budget = spaceBudget ?? cacheBudget;
  if (olderThan === undefined && budget === undefined && gc !== true)
    throw usageError('at least one pruning criteria must be specified: --older-than or --space-budget.');
  await using operations = await Operations.open(terminal);
  if (gc === true) await operations.call('images.collectGarbage', {});
  if (olderThan === undefined && budget === undefined) return;
  const request = {
    entries,
    olderThanDays: olderThan,
    spaceBudgetBytes: budget === undefined ? undefined : budget * gibibyte,
  };
  if (dryRun === true) terminal.print(reportText(await operations.call('images.prunePreview', request)));
  else {
    const { names, freedBytes } = await operations.run('images.prune', request);
    if (names.length > 0) terminal.note(`Deleted ${names.length}, ${diskText(freedBytes)}.`);
  }
}

const columns: readonly Column<PruneCandidate>[] = [
  { title: 'Entry', value: ({ name }) => name },
  { title: 'Size', value: ({ bytes }) => diskText(bytes) },
  { title: 'Accessed', value: ({ accessedAt }) => relativeText(accessedAt) },
  {
    title: 'Verdict',
    value: ({ keptBecause }) => (keptBecause === undefined ? 'goes' : `stays: ${keptBecause.toLowerCase()}`),
  },
];

function reportText({ candidates, freedBytes }: PruneReport): string {
  if (candidates.length === 0) return 'There is nothing that could be pruned.';
  const going = candidates.filter(({ keptBecause }) => keptBecause === undefined).length;
  return `${textTable(columns, candidates)}\n${going} of ${candidates.length} would be deleted, at most ${diskText(freedBytes)}.`;
}
