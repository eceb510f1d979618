import { type Command, type CommandId, commandTitle } from '../../electron/contract/commands.ts';
import type { Image } from '../../electron/contract/images.ts';
import type { Vm } from '../../electron/contract/machine.ts';
import type { App } from '../state/app.tsx';
import { imageTargetsOf, isOfImages, runImageCommand } from './image-commands.ts';
import { isEnabled, libraryCommands, runCommand, targetsOf } from './run.ts';

/** A command that can be run now on what is chosen, ready for a menu or a bar. */
export interface Offer {
  readonly command: Command;
  /** On its own or, where several are chosen, with how many of them it works on: "Suspend 2". */
  readonly label: string;
  readonly run: () => void;
}

type Place = NonNullable<Command['places']>[number];

/** The commands of a place for the chosen machines; those with nothing to do are absent. */
export function machineOffers(app: App, chosen: readonly Vm[], place: Place): Offer[] {
  return commandsOf(place).flatMap((command) => {
    const count = targetsOf(command, chosen).length;
    if (isOfImages(command) || count === 0 || !isEnabled(command, chosen, app)) return [];
    const label = labelOf(app, command, count, chosen.length);
    // The table's own ids are what the type is made of.
    return [{ command, label, run: () => runCommand(app, command.id as CommandId, chosen) }];
  });
}

/** The same for the chosen images. */
export function imageOffers(app: App, chosen: readonly Image[], place: Place): Offer[] {
  return commandsOf(place).flatMap((command) => {
    const count = imageTargetsOf(command, chosen).length;
    if (count === 0) return [];
    const label = labelOf(app, command, count, chosen.length);
    return [{ command, label, run: () => runImageCommand(app, command, chosen) }];
  });
}

function commandsOf(place: Place): Command[] {
  return libraryCommands().filter(({ places }) => places?.includes(place) === true);
}

function labelOf(app: App, command: Command, count: number, chosenCount: number): string {
  const title = commandTitle(command, app.shell.platform);
  if (chosenCount <= 1) return title;
  if (title.startsWith('Move to')) return `Move ${count}${title.slice('Move'.length)}`;
  return `${title.replace('…', '')} ${count}${title.endsWith('…') ? '…' : ''}`;
}
