import type { MenuItemConstructorOptions } from 'electron';
import {
  commands,
  commandTitle,
  desktopAccelerator,
  type Command,
  type CommandId,
} from '../contract/commands/commands.ts';

/** What the menu bar needs to know of the app around it. */
export interface MenuContext {
  platform: NodeJS.Platform;
  /** Offers the page's developer tools; an app that was installed does without. */
  developer: boolean;
  /** A command was chosen. */
  run(id: CommandId): void;
  /** What the app does for itself was chosen. */
  installTool(): void;
  lookForUpdates(): void;
}

const separator: MenuItemConstructorOptions = { type: 'separator' };

/**
 * The menu bar, in the order that Mac apps have: App, File, Edit, View, Virtual Machine, Image, Window, Help. Elsewhere there is
 * no App menu: what it holds stands in File and Help. Commands come from the one table and start disabled;
 * {@link applyEnabled} follows the window that has the focus.
 */
export function menuTemplate(context: MenuContext): MenuItemConstructorOptions[] {
  const onMac = context.platform === 'darwin';
  return [
    ...(onMac ? [appMenu(context)] : []),
    { label: 'File', submenu: fileItems(context) },
    { label: 'Edit', submenu: editItems(context) },
    { label: 'View', submenu: viewItems(context) },
    { label: 'Virtual Machine', submenu: commandItems('machine', context) },
    { label: 'Image', submenu: commandItems('image', context) },
    { label: 'Window', role: 'window', submenu: windowItems(context) },
    { label: 'Help', role: 'help', submenu: helpItems(context) },
  ];
}

/**
 * Makes the menu offer exactly these commands. A command of the App menu that no window knows, such as settings in an
 * app that has none, is absent rather than grey.
 */
export function applyEnabled(menu: Pick<Electron.Menu, 'getMenuItemById'>, enabled: ReadonlySet<CommandId>): void {
  for (const command of commands) {
    const item = menu.getMenuItemById(command.id);
    if (item === null) continue;
    item.enabled = enabled.has(command.id);
    if (command.menu === 'app') item.visible = item.enabled;
  }
}

function appMenu(context: MenuContext): MenuItemConstructorOptions {
  return {
    label: 'Tatin',
    submenu: [
      { role: 'about', label: 'About Tatin' },
      updatesItem(context),
      separator,
      ...commandItems('app', context),
      toolItem(context),
      separator,
      { role: 'services' },
      separator,
      { role: 'hide', label: 'Hide Tatin' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      separator,
      { role: 'quit', label: 'Quit Tatin' },
    ],
  };
}

function fileItems(context: MenuContext): MenuItemConstructorOptions[] {
  const items = [...commandItems('file', context), separator, { role: 'close', accelerator: 'CmdOrCtrl+W' } as const];
  if (context.platform === 'darwin') return items;
  return [
    ...items,
    separator,
    ...commandItems('app', context),
    { role: 'quit', label: 'Quit', accelerator: 'CmdOrCtrl+Q' },
  ];
}

/** Without the standard roles, copy and paste would be dead in text fields on a Mac. */
function editItems(context: MenuContext): MenuItemConstructorOptions[] {
  return [
    { role: 'undo' },
    { role: 'redo' },
    separator,
    { role: 'cut' },
    { role: 'copy' },
    { role: 'paste' },
    { role: 'delete' },
    { role: 'selectAll' },
    separator,
    ...commandItems('edit', context),
  ];
}

function viewItems(context: MenuContext): MenuItemConstructorOptions[] {
  return [
    ...commandItems('view', context),
    separator,
    // The role's own key is that of the library window.
    { role: 'resetZoom', label: 'Actual Size', accelerator: 'Alt+CmdOrCtrl+0' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    ...(context.developer ? [separator, { role: 'toggleDevTools' } as const] : []),
  ];
}

function windowItems(context: MenuContext): MenuItemConstructorOptions[] {
  const items = commandItems('window', context);
  // Zoom and Bring All to Front do something on a Mac only.
  if (context.platform !== 'darwin') return [{ role: 'minimize' }, separator, ...items];
  return [{ role: 'minimize' }, { role: 'zoom' }, separator, ...items, separator, { role: 'front' }];
}

function helpItems(context: MenuContext): MenuItemConstructorOptions[] {
  const items = commandItems('help', context);
  if (context.platform === 'darwin') return items;
  const own = [toolItem(context), updatesItem(context), { role: 'about', label: 'About Tatin' } as const];
  return [...items, separator, ...own];
}

function toolItem(context: MenuContext): MenuItemConstructorOptions {
  return { label: 'Install Command Line Tool…', click: () => context.installTool() };
}

function updatesItem(context: MenuContext): MenuItemConstructorOptions {
  return { label: 'Check for Updates…', click: () => context.lookForUpdates() };
}

/** The table's commands of one menu, with a separator wherever the group changes. */
function commandItems(menu: Command['menu'], context: MenuContext): MenuItemConstructorOptions[] {
  const chosen = commands.filter((command) => command.menu === menu);
  return chosen.flatMap((command, index) => {
    const before = chosen[index - 1];
    const item = commandItem(command, context);
    return before === undefined || before.group === command.group ? [item] : [separator, item];
  });
}

function commandItem(command: Command & { readonly id: CommandId }, context: MenuContext): MenuItemConstructorOptions {
  const accelerator = desktopAccelerator(command, context.platform);
  return {
    id: command.id,
    label: commandTitle(command, context.platform),
    ...(accelerator === undefined ? {} : { accelerator }),
    enabled: false,
    click: () => context.run(command.id),
  };
}
