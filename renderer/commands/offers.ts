import { type Command, commandTitle, type Place } from '../../electron/contract/commands/commands.ts';
import type { App } from '../state/app.tsx';
import type { Chosen } from './command.ts';
import { libraryCommands } from './library-commands.ts';

/** A command that can be run now on what is chosen, ready for a menu or a bar. */
export interface Offer {
  readonly command: Command;
  /** On its own or, where several are chosen, with how many of them it works on: "Suspend 2". */
  readonly label: string;
  readonly run: () => void;
}

/** The commands of a place for what is chosen; those with nothing to do are absent. */
export function offersIn(place: Place, app: App, chosen: Chosen): Offer[] {
  const chosenCount = (chosen.machines?.length ?? 0) + (chosen.images?.length ?? 0);
  return libraryCommands.flatMap((command) => {
    const count = command.countTargets(app, chosen);
    if (command.places?.includes(place) !== true || count === 0) return [];
    const title = commandTitle(command, app.shell.platform);
    return [
      {
        command,
        label: chosenCount <= 1 ? title : countedTitle(title, count),
        run: () => command.perform(app, chosen),
      },
    ];
  });
}

function countedTitle(title: string, count: number): string {
  if (title.startsWith('Move to')) return `Move ${count}${title.slice('Move'.length)}`;
  return `${title.replace('…', '')} ${count}${title.endsWith('…') ? '…' : ''}`;
}
