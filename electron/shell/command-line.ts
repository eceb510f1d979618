import type * as ElectronModule from 'electron';
import { defineRun } from '../terminal/commands/run.ts';
import { type CommandEntry, runCommandLine } from '../terminal/program.ts';
import { RunWindows } from './run-windows.ts';

/** What a command line in the app uses of Electron once the app is ready. */
export type CommandLineParts = Pick<typeof ElectronModule, 'app' | 'dialog' | 'Menu' | 'shell'>;

const group = 'Machines:';

/** What needs the framework, and therefore the app; all else is done where it was typed. */
function commands(windows: RunWindows): CommandEntry[] {
  return [
    {
      name: 'run',
      group,
      summary: 'Run a VM',
      load: () =>
        Promise.resolve({ define: (command, terminal) => defineRun(command, terminal, { window: windows }) } as const),
    },
    { name: 'create', group, summary: 'Make a VM', load: () => import('../terminal/commands/create.ts') },
  ];
}

/**
 * Runs a command line that a terminal handed on, without the app's own windows, Dock icon and menus: those come with the
 * first machine that is shown. Resolves with its exit code.
 */
export async function runInApp(words: readonly string[], parts: CommandLineParts): Promise<number> {
  // Only a Mac has it.
  parts.app.dock?.hide();
  // No window of Electron's ever opens here, and none that closes ends the machine.
  parts.app.on('window-all-closed', () => undefined);
  using windows = new RunWindows(parts);
  return await runCommandLine(words, commands(windows));
}
