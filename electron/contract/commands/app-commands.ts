import type { CommandEntry } from './command.ts';

/** Commands of the App menu. */
export const appCommands = [
  { id: 'app.service', title: 'Run Tatin at Login…', menu: 'app', group: 1, scope: 'app' },
  {
    id: 'app.settings',
    title: 'Settings…',
    menu: 'app',
    group: 1,
    accelerator: 'CmdOrCtrl+,',
    scope: 'app',
    isGlobal: true,
  },
  // In a browser only: the desktop app hides what its windows don't know.
  { id: 'app.logOut', title: 'Log Out', menu: 'app', group: 2, browserAccelerator: 'Alt+Shift+Q', scope: 'app' },
  { id: 'app.logOutAll', title: 'Log Out All Browsers…', menu: 'app', group: 2, scope: 'app', destructive: true },
] as const satisfies readonly CommandEntry[];

/** Commands of the Edit menu. */
export const editCommands = [
  {
    id: 'edit.find',
    title: 'Find',
    menu: 'edit',
    group: 3,
    accelerator: 'CmdOrCtrl+F',
    scope: 'app',
    places: ['console'],
    icon: 'search',
  },
  { id: 'edit.palette', title: 'Command Palette…', menu: 'edit', group: 3, accelerator: 'CmdOrCtrl+K', scope: 'app' },
] as const satisfies readonly CommandEntry[];

/** Commands of the menus Window and Help. */
export const windowCommands = [
  {
    id: 'window.library',
    title: 'Library',
    menu: 'window',
    group: 1,
    accelerator: 'CmdOrCtrl+0',
    browserAccelerator: null,
    scope: 'console',
    isGlobal: true,
  },
  {
    id: 'window.jobs',
    title: 'Jobs',
    menu: 'window',
    group: 1,
    accelerator: 'Alt+CmdOrCtrl+J',
    scope: 'app',
    isGlobal: true,
    icon: 'jobs',
  },
  { id: 'help.keys', title: 'Keyboard Shortcuts', menu: 'help', group: 1, scope: 'app', isGlobal: true },
] as const satisfies readonly CommandEntry[];
