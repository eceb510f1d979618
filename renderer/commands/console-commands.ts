import { type CommandAt, type CommandOfScope, commandById } from '../../electron/contract/commands/commands.ts';
import type { Vm } from '../../electron/contract/machine.ts';
import { allowedVerbs, type RequestVerb } from '../../electron/contract/verbs.ts';

/** What the commands of a console depend on. */
export interface ConsoleState {
  readonly vm: Vm | undefined;
  /** Whether keys can be sent to the guest other than by typing them. */
  readonly takesKeys: boolean;
  /** Whether the guest has the keyboard. */
  readonly captured: boolean;
  readonly isSerialOpen: boolean;
}

/** What the commands of a console do it with. */
export interface ConsoleActions {
  /** Does a verb, or asks first where something would be lost. */
  readonly askFor: (verb: RequestVerb) => void;
  readonly toggleSerial: () => void;
  readonly toggleFullScreen: () => void;
  /** Searches in what the serial console has printed. */
  readonly find: () => void;
  readonly sendCtrlAltDelete: () => void;
  /** Gives the keyboard back to the page. */
  readonly release: () => void;
  readonly openLibrary: () => void;
  readonly copyText: (text: string) => void;
}

export type ConsoleCommandId = (CommandOfScope<'console'> | CommandAt<'console'>)['id'];

interface ConsoleAction {
  readonly when: (state: ConsoleState) => boolean;
  readonly perform: (page: ConsoleState & ConsoleActions) => void;
}

const always = (): boolean => true;

const verb = (name: RequestVerb): ConsoleAction => ({
  when: ({ vm }) => vm !== undefined && allowedVerbs(vm).has(name),
  perform: (page) => page.askFor(name),
});

const addressOf = ({ vm }: ConsoleState): string | undefined => (vm?.kind === 'machine' ? vm.address?.ip : undefined);

/** What the commands do in a console, for its toolbar, the menus and its keys. */
const actions: Readonly<Record<ConsoleCommandId, ConsoleAction>> = {
  'machine.start': verb('start'),
  'machine.resume': verb('resume'),
  'machine.pause': verb('pause'),
  'machine.suspend': verb('suspend'),
  'machine.shutDown': verb('shutDown'),
  'machine.reset': verb('reset'),
  'machine.forceStop': verb('forceStop'),
  'machine.copyAddress': {
    when: (page) => addressOf(page) !== undefined,
    perform: (page) => page.copyText(addressOf(page) ?? ''),
  },
  'view.serial': { when: always, perform: (page) => page.toggleSerial() },
  'view.fullScreen': { when: always, perform: (page) => page.toggleFullScreen() },
  'edit.find': { when: ({ isSerialOpen }) => isSerialOpen, perform: (page) => page.find() },
  'console.ctrlAltDelete': { when: ({ takesKeys }) => takesKeys, perform: (page) => page.sendCtrlAltDelete() },
  'console.release': { when: ({ captured }) => captured, perform: (page) => page.release() },
  'window.library': { when: always, perform: (page) => page.openLibrary() },
};

/** The commands of a console's page. */
export const consoleCommands = (Object.keys(actions) as ConsoleCommandId[]) // The keys are those of the type.
  .map((id) => ({ ...commandById(id), ...actions[id] }));
export type ConsoleCommand = (typeof consoleCommands)[number];
