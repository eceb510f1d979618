import { appCommands, editCommands, windowCommands } from './app-commands.ts';
import type { CommandEntry } from './command.ts';
import { fileCommands } from './file-commands.ts';
import { imageCommands } from './image-commands.ts';
import { machineCommands } from './machine-commands.ts';
import { viewCommands } from './view-commands.ts';

/**
 * Everything that a user can tell Tatin to do, as data. Menus, toolbar, context menu, palette and shortcuts are all
 * drawn from this table, so a command has one name and one key wherever it stands. They stand in the order of the menu
 * bar, which palette and keys sheet keep. What each does is in `renderer/commands`, and for the menu bar's machines in
 * `electron/shell/machine-actions.ts`.
 */
export const commands = [
  ...appCommands,
  ...fileCommands,
  ...editCommands,
  ...viewCommands,
  ...machineCommands,
  ...imageCommands,
  ...windowCommands,
] as const;

type Entry = (typeof commands)[number];
export type CommandId = Entry['id'];
export interface Command extends CommandEntry {
  readonly id: CommandId;
}

type Scope = CommandEntry['scope'];
export type Place = NonNullable<CommandEntry['places']>[number];

/** The commands that work on the same kind of thing. */
export type CommandOfScope<S extends Scope> = Extract<Entry, { scope: S }>;
/** The commands that are offered in a place. */
export type CommandAt<P extends Place> = Entry extends infer E
  ? E extends { id: CommandId; places: readonly (infer Given)[] }
    ? P extends Given
      ? E
      : never
    : never
  : never;

/** What a command is called on that platform. */
export function commandTitle(command: CommandEntry, platform: string): string {
  return platform === 'darwin' ? command.title : (command.linuxTitle ?? command.title);
}

/** The key of a command in the desktop app on that platform. */
export function desktopAccelerator(command: CommandEntry, platform: string): string | undefined {
  return platform === 'darwin' ? command.accelerator : (command.linuxAccelerator ?? command.accelerator);
}

const byId: ReadonlyMap<CommandId, Command> = new Map(commands.map((command) => [command.id, command]));

/** The command with that id. */
export function commandById(id: CommandId): Command {
  const found = byId.get(id);
  if (found === undefined) throw new Error(`No command ${id}`);
  return found;
}
