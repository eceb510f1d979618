import { type CommandId, commands } from '../../electron/contract/commands/commands.ts';
import type { App } from '../state/app.tsx';
import { shownImages } from '../state/shown-images.ts';
import { shownVms } from '../state/shown.ts';
import { appActions } from './app-commands.ts';
import {
  appCommand,
  type Chosen,
  imageCommand,
  imagesCommand,
  type LibraryCommand,
  machineCommand,
  machinesCommand,
} from './command.ts';
import { imageActions } from './image-commands.ts';
import { machineActions } from './machine-commands.ts';

/** The commands of the library window, in the order of the table; those of a console have their own page. */
export const libraryCommands: readonly LibraryCommand[] = commands.flatMap((command): LibraryCommand[] => {
  switch (command.scope) {
    case 'app':
      return [appCommand(command, appActions[command.id])];
    case 'selection':
      return [machinesCommand(command, machineActions[command.id])];
    case 'one':
      return [machineCommand(command, machineActions[command.id])];
    case 'images':
      return [imagesCommand(command, imageActions[command.id])];
    case 'image':
      return [imageCommand(command, imageActions[command.id])];
    case 'console':
      return [];
  }
});

const byId: ReadonlyMap<CommandId, LibraryCommand> = new Map(libraryCommands.map((command) => [command.id, command]));

/** What is chosen among what is shown: nobody means what a search or another page has taken out of sight. */
export function chosenIn({ library, view }: App): Chosen {
  const { vms, images } = library.getState();
  const { page, selection, images: showingImages, ...showing } = view.getState();
  if (page === 'machines' && vms !== undefined)
    return { machines: shownVms(vms, showing).filter(({ id }) => selection.has(id)) };
  if (page === 'images' && images !== undefined)
    return { images: shownImages(images, showingImages).filter(({ id }) => showingImages.selection.has(id)) };
  return {};
}

/** Runs a command on what is given, or on what is chosen; nothing happens where it can't be run now. */
export function runCommand(app: App, id: CommandId, chosen: Chosen = chosenIn(app)): void {
  const command = byId.get(id);
  if (command?.when(app, chosen) === true) command.perform(app, chosen);
}
