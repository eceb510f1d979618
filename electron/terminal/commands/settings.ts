import { defaultSettings, settingKeys, type SettingsReport } from '../../contract/settings.ts';
import { settingFromText } from '../../settings/settings-document.ts';
import { changeSettings, readReport, requireKey, resetSettings } from '../../settings/settings-file.ts';
import { usageError } from '../failure.ts';
import type { DefineCommand } from '../program.ts';
import type { Terminal } from '../terminal.ts';

const examples = `
Without a subcommand it lists all settings. What is set here is in force at once, also in windows that are open.

Examples:
  tatin settings                                        every setting, and what was changed
  tatin settings get transfers.connections              one value
  tatin settings set transfers.connections 8            more layers at once
  tatin settings set registries.insecure localhost:5000,10.0.0.5:5000
  tatin settings set newMachine.memoryGigabytes null    let Tatin choose again
  tatin settings reset appearance                       back to the default; --all for all of them`;

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Show and change the settings of Tatin')
    .enablePositionalOptions()
    .option('--json', 'Print everything as JSON')
    .addHelpText('after', examples)
    .action(({ json }: { json?: true }) => show(terminal, json === true));
  command
    .command('list')
    .description('Every setting; a star marks what was changed')
    .option('--json', 'Print everything as JSON')
    .action(({ json }: { json?: true }) => show(terminal, json === true));
  command
    .command('get')
    .description('Print one setting')
    .argument('<key>', 'such as transfers.connections')
    .action((key: string) => terminal.print(`${textOf(readReport().settings[requireKey(key)])}\n`));
  command
    .command('set')
    .description('Change one setting')
    .argument('<key>', 'such as transfers.connections')
    .argument('<value>', 'a word, a number, true or false, null, or a list with commas')
    .action(async (key: string, value: string) => {
      await changeSettings({ [key]: settingFromText(key, value) });
    });
  command
    .command('reset')
    .description('Set settings back to their defaults')
    .argument('[keys...]', 'such as appearance')
    .option('--all', 'All of them')
    .action(async (keys: string[], { all }: { all?: true }) => {
      if ((keys.length === 0) !== (all === true)) throw usageError('Give the keys of settings, or --all.');
      await resetSettings(all === true ? undefined : keys);
    });
};

function show(terminal: Terminal, asJson: boolean): void {
  const report = readReport();
  terminal.print(asJson ? JSON.stringify(report, undefined, 2) : listText(report));
  for (const { key, message } of report.problems) terminal.note(`${key}: ${message}`);
}

function listText({ settings, file }: SettingsReport): string {
  const width = Math.max(...settingKeys.map((key) => key.length));
  const lines = settingKeys.map((key) => {
    const text = textOf(settings[key]);
    return `${text === textOf(defaultSettings[key]) ? ' ' : '*'} ${key.padEnd(width)}  ${text}`;
  });
  return [...lines, '', `Kept in ${file}.`].join('\n');
}

/** As `settings set` takes it. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : value.join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
