import type { CommandId } from '../../electron/contract/commands/commands.ts';
import { Emitter } from '../../electron/contract/emitter.ts';
import type { Shell } from '../../electron/contract/shell.ts';

/** A shell that writes down what the page asks of it. */
export interface FakeShell extends Shell {
  readonly opened: readonly string[];
  readonly revealed: readonly string[];
  /** The commands that the menus may offer now. */
  enabled: readonly CommandId[];
  /** A menu item was chosen. */
  send(id: CommandId): void;
}

/** The shell of a browser on Linux, or whatever a test needs instead. */
export function fakeShell(otherwise: Partial<Shell> = {}): FakeShell {
  const opened: string[] = [];
  const revealed: string[] = [];
  const commands = new Emitter<CommandId>();
  const fake: FakeShell = {
    kind: 'browser',
    platform: 'linux',
    opened,
    revealed,
    enabled: [],
    openConsole: (id) => opened.push(id),
    openLibrary: () => undefined,
    onCommand: (listener) => commands.on(listener),
    setEnabledCommands: (ids) => {
      fake.enabled = ids;
    },
    setFullScreen: () => undefined,
    send: (id) => commands.emit(id),
    ...otherwise,
  };
  return fake;
}
