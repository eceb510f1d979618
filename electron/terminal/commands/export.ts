import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Option } from 'commander';
import { AppError } from '../../contract/errors.ts';
import type { ExportFormat } from '../../contract/imports.ts';
import { localId } from '../../operations/machines/local-names.ts';
import { CommandExit, exitCodes } from '../failure.ts';
import { hostPath } from '../host-path.ts';
import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';
import { ask } from '../prompt.ts';
import type { Terminal } from '../terminal.ts';

interface Options {
  format: ExportFormat;
  force?: true;
}

const help = `
The VM must be shut down or suspended. The file is there only when it is whole.

Examples:
  tatin export web                       writes web.tvm here, and asks before it replaces one
  tatin export web /backup/web.tvm       replaces what is there, as tart export does
  tatin export --format qcow2 web        only the disk, for other programs`;

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Write a VM to a file that tatin import, and of .tvm tart import, makes a VM of')
    .argument('<name>', 'VM, shut down or suspended')
    .argument('[path]', 'File or folder (default: the name of the VM, in this folder)')
    .addOption(
      new Option('--format <format>', 'tvm: the whole VM; raw, qcow2: only its disk')
        .choices(['tvm', 'raw', 'qcow2'])
        .default('tvm'),
    )
    .option('--force', 'Replace a file without asking')
    .addHelpText('after', help)
    .action((name: string, target: string | undefined, options: Options) => exportVm(name, target, options, terminal));
};

async function exportVm(name: string, target: string | undefined, options: Options, terminal: Terminal): Promise<void> {
  const id = localId(name);
  const { format } = options;
  await using operations = await Operations.open(terminal);
  const chosen = target === undefined ? process.cwd() : hostPath(target);
  const report = await operations.call('exports.inspect', { id, path: chosen, format });
  if (report.problem !== undefined) throw AppError.fromInfo(report.problem);
  // A path that was typed out is meant, as with Tart.
  const mayReplace = options.force === true || (target !== undefined && report.path === chosen);
  if (!mayReplace && report.exists && !(await isYes(terminal, report.path))) throw new CommandExit(exitCodes.failure);
  for (const warning of report.warnings) terminal.note(warning);
  await operations.run('exports.start', { id, path: report.path, format, overwrite: true });
}

/** Tart's question. Of a script, the first line of its input is the answer, and none means no. */
async function isYes(terminal: Terminal, file: string): Promise<boolean> {
  const question = `file ${path.basename(file)} already exists, are you sure you want to overwrite it? (yes/[no]): `;
  const answer = terminal.streams.stdin.isTTY ? await ask(terminal, question) : await firstLine(terminal, question);
  return answer.trim().toLowerCase() === 'yes';
}

async function firstLine(terminal: Terminal, question: string): Promise<string> {
  terminal.say(question);
  const lines = createInterface({ input: terminal.streams.stdin, signal: terminal.interrupted });
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
    terminal.say('\n');
  }
}
