import type { Verb } from './verbs.ts';

/**
 * Everything that a person can tell Tatin to do, as data. Menus, toolbar, context menu, palette and shortcuts are all
 * drawn from this table, so a command has one name and one key wherever it stands.
 */
export interface Command {
  readonly id: string;
  /** Title case; "…" only when more input or a confirmation follows. */
  readonly title: string;
  /** Where the one above names a part of macOS. */
  readonly linuxTitle?: string;
  readonly menu: 'app' | 'file' | 'edit' | 'view' | 'machine' | 'image' | 'window' | 'help';
  /** Commands with the same number stand together between two separators. */
  readonly group: number;
  /** Electron's accelerator syntax; `CmdOrCtrl` is Command on a Mac and Control elsewhere. */
  readonly accelerator?: string;
  /** On a desktop that is no Mac, where Control and Command in the one above would be one key. */
  readonly linuxAccelerator?: string;
  /** In a browser, where the one above belongs to the browser itself. `null`: no key there. */
  readonly browserAccelerator?: string | null;
  /** The verb that each chosen machine must allow. */
  readonly verb?: Verb;
  /** What it works on: the app, the machines or images chosen (or one alone), or the machine whose console has the focus. */
  readonly scope: 'app' | 'selection' | 'one' | 'images' | 'image' | 'console';
  /** Where it is offered beside menus and the palette. */
  readonly places?: readonly ('context' | 'inspector' | 'console' | 'bulk' | 'tray')[];
  /** A line icon's name in `renderer/components/icon.tsx`. */
  readonly icon?: string;
  readonly destructive?: boolean;
}

export const commands = [
  { id: 'app.service', title: 'Run Tatin at Login…', menu: 'app', group: 1, scope: 'app' },
  { id: 'app.settings', title: 'Settings…', menu: 'app', group: 1, accelerator: 'CmdOrCtrl+,', scope: 'app' },
  // In a browser only: the desktop app hides what its windows don't know.
  { id: 'app.logOut', title: 'Log Out', menu: 'app', group: 2, browserAccelerator: 'Alt+Shift+Q', scope: 'app' },
  { id: 'app.logOutAll', title: 'Log Out All Browsers…', menu: 'app', group: 2, scope: 'app', destructive: true },

  {
    id: 'file.new',
    title: 'New Virtual Machine…',
    menu: 'file',
    group: 1,
    accelerator: 'CmdOrCtrl+N',
    browserAccelerator: 'Alt+N',
    scope: 'app',
    icon: 'plus',
  },
  { id: 'file.newDemo', title: 'Start Demo Linux', menu: 'file', group: 1, scope: 'app', icon: 'terminal' },
  {
    id: 'file.pull',
    title: 'Pull Image…',
    menu: 'file',
    group: 1,
    accelerator: 'Shift+CmdOrCtrl+P',
    browserAccelerator: 'Alt+P',
    scope: 'app',
    icon: 'download',
  },
  { id: 'file.import', title: 'Import…', menu: 'file', group: 2, scope: 'app', icon: 'import' },
  {
    id: 'machine.export',
    title: 'Export…',
    menu: 'file',
    group: 2,
    verb: 'clone',
    scope: 'one',
    places: ['context'],
    icon: 'export',
  },

  {
    id: 'machine.push',
    title: 'Push…',
    menu: 'file',
    group: 2,
    verb: 'clone',
    scope: 'one',
    places: ['context'],
    icon: 'upload',
  },
  { id: 'images.prune', title: 'Prune Images…', menu: 'file', group: 3, scope: 'app', icon: 'broom' },
  { id: 'registries.show', title: 'Registries…', menu: 'file', group: 3, scope: 'app', icon: 'key' },

  { id: 'edit.find', title: 'Find', menu: 'edit', group: 3, accelerator: 'CmdOrCtrl+F', scope: 'app', icon: 'search' },
  { id: 'edit.palette', title: 'Command Palette…', menu: 'edit', group: 3, accelerator: 'CmdOrCtrl+K', scope: 'app' },

  {
    id: 'view.icons',
    title: 'as Icons',
    menu: 'view',
    group: 1,
    accelerator: 'CmdOrCtrl+1',
    browserAccelerator: 'Alt+1',
    scope: 'app',
    icon: 'grid',
  },
  {
    id: 'view.list',
    title: 'as List',
    menu: 'view',
    group: 1,
    accelerator: 'CmdOrCtrl+2',
    browserAccelerator: 'Alt+2',
    scope: 'app',
    icon: 'list',
  },
  {
    id: 'view.sidebar',
    title: 'Show or Hide Sidebar',
    menu: 'view',
    group: 2,
    accelerator: 'Ctrl+CmdOrCtrl+S',
    linuxAccelerator: 'F9',
    browserAccelerator: 'Alt+S',
    scope: 'app',
    icon: 'sidebar',
  },
  {
    id: 'view.inspector',
    title: 'Show or Hide Inspector',
    menu: 'view',
    group: 2,
    accelerator: 'CmdOrCtrl+I',
    scope: 'app',
    icon: 'inspector',
  },
  {
    id: 'view.fullScreen',
    title: 'Full Screen',
    menu: 'view',
    group: 3,
    accelerator: 'Ctrl+CmdOrCtrl+F',
    linuxAccelerator: 'F11',
    browserAccelerator: 'Alt+Shift+F',
    scope: 'console',
    places: ['console'],
    icon: 'full-screen',
  },
  {
    id: 'view.serial',
    title: 'Show or Hide Serial Console',
    menu: 'view',
    group: 3,
    accelerator: 'CmdOrCtrl+J',
    scope: 'console',
    places: ['console'],
    icon: 'terminal',
  },

  {
    id: 'machine.start',
    title: 'Start',
    menu: 'machine',
    group: 1,
    accelerator: 'CmdOrCtrl+R',
    browserAccelerator: 'Alt+R',
    verb: 'start',
    scope: 'selection',
    places: ['context', 'inspector', 'console', 'bulk', 'tray'],
    icon: 'play',
  },
  {
    id: 'machine.resume',
    title: 'Resume',
    menu: 'machine',
    group: 1,
    verb: 'resume',
    scope: 'selection',
    places: ['context', 'inspector', 'console', 'bulk', 'tray'],
    icon: 'play',
  },
  {
    id: 'machine.console',
    title: 'Open Console',
    menu: 'machine',
    group: 1,
    accelerator: 'CmdOrCtrl+O',
    verb: 'openConsole',
    scope: 'selection',
    places: ['context', 'inspector', 'tray'],
    icon: 'terminal',
  },
  {
    id: 'machine.pause',
    title: 'Pause',
    menu: 'machine',
    group: 2,
    accelerator: 'Alt+CmdOrCtrl+P',
    verb: 'pause',
    scope: 'selection',
    places: ['context', 'inspector', 'console', 'bulk', 'tray'],
    icon: 'pause',
  },
  {
    id: 'machine.suspend',
    title: 'Suspend',
    menu: 'machine',
    group: 2,
    accelerator: 'Alt+CmdOrCtrl+S',
    verb: 'suspend',
    scope: 'selection',
    places: ['context', 'inspector', 'console', 'bulk', 'tray'],
    icon: 'moon',
  },
  {
    id: 'machine.shutDown',
    title: 'Shut Down',
    menu: 'machine',
    group: 2,
    accelerator: 'Alt+CmdOrCtrl+.',
    verb: 'shutDown',
    scope: 'selection',
    places: ['context', 'inspector', 'console', 'bulk', 'tray'],
    icon: 'power',
  },
  {
    id: 'machine.reset',
    title: 'Reset…',
    menu: 'machine',
    group: 3,
    verb: 'reset',
    scope: 'selection',
    places: ['context'],
    icon: 'reset',
    destructive: true,
  },
  {
    id: 'machine.forceStop',
    title: 'Force Stop…',
    menu: 'machine',
    group: 3,
    accelerator: 'Shift+Alt+CmdOrCtrl+.',
    verb: 'forceStop',
    scope: 'selection',
    places: ['context', 'console', 'tray'],
    icon: 'stop',
    destructive: true,
  },
  {
    id: 'machine.discardSuspended',
    title: 'Discard Saved State…',
    menu: 'machine',
    group: 3,
    verb: 'discardSuspended',
    scope: 'selection',
    places: ['context'],
    icon: 'trash',
    destructive: true,
  },
  {
    id: 'machine.copyAddress',
    title: 'Copy Address',
    menu: 'machine',
    group: 4,
    scope: 'one',
    places: ['context', 'tray'],
    icon: 'copy',
  },
  {
    id: 'machine.reveal',
    title: 'Show in Finder',
    linuxTitle: 'Show in File Manager',
    menu: 'machine',
    group: 4,
    scope: 'one',
    places: ['context'],
    icon: 'folder',
  },
  {
    id: 'machine.rename',
    title: 'Rename…',
    menu: 'machine',
    group: 5,
    verb: 'rename',
    scope: 'one',
    places: ['context'],
    icon: 'pencil',
  },
  {
    id: 'machine.duplicate',
    title: 'Duplicate',
    menu: 'machine',
    group: 5,
    accelerator: 'CmdOrCtrl+D',
    verb: 'clone',
    scope: 'one',
    places: ['context'],
    icon: 'copy',
  },
  {
    id: 'machine.delete',
    title: 'Move to Trash…',
    menu: 'machine',
    group: 6,
    accelerator: 'CmdOrCtrl+Backspace',
    verb: 'delete',
    scope: 'selection',
    places: ['context', 'bulk'],
    icon: 'trash',
    destructive: true,
  },

  {
    id: 'console.ctrlAltDelete',
    title: 'Send Ctrl-Alt-Delete',
    menu: 'machine',
    group: 7,
    scope: 'console',
    icon: 'keyboard',
  },
  { id: 'console.release', title: 'Release Keyboard and Pointer', menu: 'machine', group: 7, scope: 'console' },

  {
    id: 'image.make',
    title: 'Make Machine…',
    menu: 'image',
    group: 1,
    scope: 'image',
    places: ['context'],
    icon: 'plus',
  },
  {
    id: 'image.showMachines',
    title: 'Show Its Machines',
    menu: 'image',
    group: 1,
    scope: 'image',
    places: ['context'],
    icon: 'display',
  },
  {
    id: 'image.pullAgain',
    title: 'Pull Again…',
    menu: 'image',
    group: 2,
    scope: 'image',
    places: ['context'],
    icon: 'download',
  },
  {
    id: 'image.pullOther',
    title: 'Pull Another Tag…',
    menu: 'image',
    group: 2,
    scope: 'image',
    places: ['context'],
    icon: 'download',
  },
  {
    id: 'image.push',
    title: 'Push Under Another Name…',
    menu: 'image',
    group: 2,
    scope: 'image',
    places: ['context'],
    icon: 'upload',
  },
  {
    id: 'image.verify',
    title: 'Verify',
    menu: 'image',
    group: 3,
    scope: 'images',
    places: ['context', 'bulk'],
    icon: 'check',
  },
  {
    id: 'image.pin',
    title: 'Pin',
    menu: 'image',
    group: 3,
    scope: 'images',
    places: ['context', 'bulk'],
    icon: 'pin',
  },
  {
    id: 'image.unpin',
    title: 'Unpin',
    menu: 'image',
    group: 3,
    scope: 'images',
    places: ['context', 'bulk'],
    icon: 'pin',
  },
  {
    id: 'image.copyReference',
    title: 'Copy Reference',
    menu: 'image',
    group: 4,
    scope: 'images',
    places: ['context'],
    icon: 'copy',
  },
  {
    id: 'image.copyDigest',
    title: 'Copy Digest',
    menu: 'image',
    group: 4,
    scope: 'images',
    places: ['context'],
    icon: 'copy',
  },
  {
    id: 'image.delete',
    title: 'Delete…',
    menu: 'image',
    group: 5,
    scope: 'images',
    places: ['context', 'bulk'],
    icon: 'trash',
    destructive: true,
  },

  {
    id: 'window.library',
    title: 'Library',
    menu: 'window',
    group: 1,
    accelerator: 'CmdOrCtrl+0',
    browserAccelerator: null,
    scope: 'app',
  },
  {
    id: 'window.jobs',
    title: 'Jobs',
    menu: 'window',
    group: 1,
    accelerator: 'Alt+CmdOrCtrl+J',
    scope: 'app',
    icon: 'jobs',
  },
  { id: 'help.keys', title: 'Keyboard Shortcuts', menu: 'help', group: 1, scope: 'app' },
] as const satisfies readonly Command[];

export type CommandId = (typeof commands)[number]['id'];

/** What a command is called on that platform. */
export function commandTitle(command: Command, platform: string): string {
  return platform === 'darwin' ? command.title : (command.linuxTitle ?? command.title);
}

/** The key of a command in the desktop app on that platform. */
export function desktopAccelerator(command: Command, platform: string): string | undefined {
  return platform === 'darwin' ? command.accelerator : (command.linuxAccelerator ?? command.accelerator);
}

/** The command with that id. */
export function commandById(id: CommandId): Command {
  const found = commands.find((command) => command.id === id);
  if (found === undefined) throw new Error(`No command ${id}`);
  return found;
}
