import { type Command, Option } from 'commander';
import type { ProcedureInput } from '../contract/contract.ts';
import { AppError } from '../contract/errors.ts';
import type { Pulled } from '../contract/images.ts';
import type { Operations } from './operations.ts';
import type { Terminal } from './terminal.ts';
import { wholeNumber } from './values.ts';

/** What commander makes of the options that have to do with fetching. */
export interface PullOptions {
  insecure?: true;
  concurrency?: number;
}

/** Adds the options of everything that may pull. */
export function definePullOptions(command: Command): Command {
  return command
    .option('--insecure', 'Talk to the registry by http, without encryption')
    .option('--concurrency <n>', 'Layers to fetch at once (default: 4, or what the settings say)', wholeNumber(1, 64))
    .addOption(new Option('--deduplicate', 'No effect: what is here already is always used').hideHelp());
}

/**
 * Pulls an image, makes `machine` of it if that is given, and shows how far it is. What was fetched before an interruption is kept.
 * @throws AppError with the reason
 */
export async function pullInTerminal(
  operations: Operations,
  reference: string,
  { insecure, concurrency, machine }: PullOptions & Pick<ProcedureInput<'images.pull'>, 'machine'>,
  terminal: Terminal,
): Promise<Pulled> {
  try {
    return await operations.run('images.pull', { reference, insecure: insecure === true, concurrency, machine });
  } catch (error) {
    throw terminal.interrupted.aborted ? interrupted(`Pulling ${reference}`, error) : error;
  }
}

/** That the person stopped it, and what is left of the work. */
export function interrupted(what: string, cause: unknown): AppError {
  return new AppError('cancelled', `${what} was interrupted.`, {
    hint: 'What is done so far is kept: the same command continues from there.',
    cause,
  });
}
