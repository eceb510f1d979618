import type { Diagnosis } from '../../contract/doctor.ts';
import { AppError } from '../../contract/errors.ts';
import { Operations } from '../operations.ts';
import { CommandExit, exitCodes } from '../failure.ts';
import type { DefineCommand } from '../program.ts';
import type { Terminal } from '../terminal.ts';
import { defineCacheCheck } from './doctor-cache.ts';
import { reportText } from './doctor-report.ts';

interface Options {
  json?: true;
  fix?: true;
  all?: true;
  diagnostics?: true;
}

const examples = `
Ends with 1 if a check failed, else with 0: what only needs attention is no failure.

Examples:
  tatin doctor                       what is wrong, why it matters and what to do
  tatin doctor --fix                 carry out the repairs that lose nothing
  tatin doctor cache                 verify every image of the cache
  tatin doctor --diagnostics > report.txt    for a bug report: no names, nothing secret`;

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Look at this host and its machines, and repair what can be repaired')
    .option('--json', 'Print everything as JSON')
    .option('--fix', 'Carry out the repairs that lose nothing')
    .option('--all', 'With --fix: also those that cost something, each named')
    .option('--diagnostics', 'Print a report for developers')
    .addHelpText('after', examples)
    .action((options: Options) => examine(options, terminal));
  defineCacheCheck(command, terminal);
};

async function examine(options: Options, terminal: Terminal): Promise<void> {
  await using operations = await Operations.open(terminal);
  if (options.diagnostics === true) {
    terminal.print((await operations.call('doctor.diagnostics', {}, terminal.ended)).text);
    return;
  }
  const found = await operations.call('doctor.examine', {}, terminal.ended);
  const diagnosis = options.fix === true ? await repair(operations, found, options.all === true, terminal) : found;
  terminal.print(options.json === true ? JSON.stringify(diagnosis, undefined, 2) : reportText(diagnosis));
  if (diagnosis.checks.some(({ state }) => state === 'failed')) throw new CommandExit(exitCodes.failure);
}

/** Carries out what may be carried out, and looks again. What fails is said, and the others are tried all the same. */
async function repair(
  operations: Operations,
  { checks }: Diagnosis,
  all: boolean,
  terminal: Terminal,
): Promise<Diagnosis> {
  for (const check of checks)
    for (const fix of check.fixes.filter(({ kind }) => kind === 'safe' || (all && kind === 'ask'))) {
      terminal.note(`${check.title}: ${fix.title}`);
      try {
        await operations.call('doctor.fix', { checkId: check.id, fixId: fix.id });
      } catch (error) {
        terminal.note(`That did not work: ${AppError.from(error).message}`);
      }
    }
  return await operations.call('doctor.examine', {}, terminal.ended);
}
