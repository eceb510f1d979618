import { defaultSettings, settingKeys, type SettingsReport } from '../../contract/settings.ts';
import { Operations } from '../operations.ts';
import { usageError } from '../failure.ts';
import type { DefineCommand } from '../program.ts';
import type { Terminal } from '../terminal.ts';

const examples = `
Without a subcommand it lists all settings. Changes apply at once, also in open windows.

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
    .action(async (key: string) => {
      const { settings } = await report(terminal, key);
      // The operation knows the key.
      terminal.print(`${textOf(settings[key as keyof typeof settings])}\n`);
    });
  command
    .command('set')
    .description('Change one setting')
    .argument('<key>', 'such as transfers.connections')
    .argument('<value>', 'a word, a number, true or false, null, or a list with commas')
    .action(async (key: string, value: string) => {
      await using operations = await Operations.open(terminal, { ifGone: 'wait' });
      await operations.call('settings.set', { changes: { [key]: value }, areText: true });
    });
  command
    .command('reset')
    .description('Set settings back to their defaults')
    .argument('[keys...]', 'such as appearance')
    .option('--all', 'All of them')
    .action(async (keys: string[], { all }: { all?: true }) => {
      if ((keys.length === 0) !== (all === true)) throw usageError('Give the keys of settings, or --all.');
      await using operations = await Operations.open(terminal, { ifGone: 'wait' });
      await operations.call('settings.reset', all === true ? {} : { keys });
    });
};

async function report(terminal: Terminal, key?: string): Promise<SettingsReport> {
  await using operations = await Operations.open(terminal, { ifGone: 'wait' });
  return await operations.call('settings.get', { key });
}

async function show(terminal: Terminal, asJson: boolean): Promise<void> {
  const found = await report(terminal);
  terminal.print(asJson ? JSON.stringify(found, undefined, 2) : listText(found));
  for (const { key, message } of found.problems) terminal.note(`${key}: ${message}`);
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
