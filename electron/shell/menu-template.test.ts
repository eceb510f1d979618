import type { MenuItemConstructorOptions } from 'electron';
import { describe, expect, it, vi } from 'vitest';
import { commands, type CommandId } from '../contract/commands/commands.ts';
import { applyEnabled, menuTemplate } from './menu-template.ts';
import { allItems, choose, menuStandIn, outline } from './testing/electron-stand-in.ts';

const nothing = { run: () => {}, installTool: () => {}, lookForUpdates: () => {} };
const build = (platform: NodeJS.Platform, run: (id: CommandId) => void = () => {}): MenuItemConstructorOptions[] =>
  menuTemplate({ ...nothing, platform, developer: false, run });

/** The keys that Electron gives to roles when we name none, as its documentation lists them. */
const roleKeys: Readonly<Record<string, string>> = {
  undo: 'CmdOrCtrl+Z',
  redo: 'Shift+CmdOrCtrl+Z',
  cut: 'CmdOrCtrl+X',
  copy: 'CmdOrCtrl+C',
  paste: 'CmdOrCtrl+V',
  selectAll: 'CmdOrCtrl+A',
  zoomIn: 'CmdOrCtrl+Plus',
  zoomOut: 'CmdOrCtrl+-',
  resetZoom: 'CmdOrCtrl+0',
  minimize: 'CmdOrCtrl+M',
  close: 'CmdOrCtrl+W',
  hide: 'Cmd+H',
  hideOthers: 'Alt+Cmd+H',
  quit: 'CmdOrCtrl+Q',
};

describe('menuTemplate', () => {
  it('has the menus of a Mac app in their order', () => {
    expect(build('darwin').map((menu) => menu.label)).toEqual([
      'Tatin',
      'File',
      'Edit',
      'View',
      'Virtual Machine',
      'Image',
      'Window',
      'Help',
    ]);
  });

  it('has no App menu elsewhere, and what it holds stands in File and Help', () => {
    const menus = build('linux');
    expect(menus.map((menu) => menu.label)).toEqual([
      'File',
      'Edit',
      'View',
      'Virtual Machine',
      'Image',
      'Window',
      'Help',
    ]);
    expect(outline(menus).map((line) => line.trim())).toEqual(expect.arrayContaining(['Quit', 'About Tatin']));
  });

  it.each(['darwin', 'linux'] as const)('offers every command of the table exactly once on %s', (platform) => {
    const ids = allItems(build(platform)).flatMap((item) => item.id ?? []);
    expect(ids.sort()).toEqual(commands.map((command) => command.id).sort());
  });

  it.each(['darwin', 'linux'] as const)('gives no key to two items on %s, standard ones included', (platform) => {
    const keys = allItems(build(platform)).flatMap((item) => item.accelerator ?? roleKeys[item.role ?? ''] ?? []);
    const main = platform === 'darwin' ? 'Cmd' : 'Ctrl';
    const normal = keys.map((key) => [...new Set(key.replace('CmdOrCtrl', main).split('+'))].sort().join('+'));
    expect(normal.filter((key, index) => normal.indexOf(key) !== index)).toEqual([]);
  });

  it('separates the groups of a menu and begins and ends with none', () => {
    for (const menu of build('darwin')) {
      const lines = outline([menu])
        .slice(1)
        .map((line) => line.trim());
      expect(lines[0]).not.toBe('-');
      expect(lines.at(-1)).not.toBe('-');
      expect(lines.some((line, index) => line === '-' && lines[index + 1] === '-')).toBe(false);
    }
    expect(outline(build('darwin'))).toEqual(
      expect.arrayContaining(['Virtual Machine', '  Start', '  Resume', '  Open Console', '  -', '  Pause']),
    );
  });

  it('names the file manager as its platform does', () => {
    const machineMenu = (platform: NodeJS.Platform) => outline(build(platform)).map((line) => line.trim());
    expect(machineMenu('darwin')).toContain('Show in Finder');
    expect(machineMenu('linux')).toContain('Show in File Manager');
  });

  it('runs the command that is chosen', () => {
    const run = vi.fn<(id: CommandId) => void>();
    choose(build('darwin', run), 'Virtual Machine', 'Shut Down');
    expect(run).toHaveBeenCalledExactlyOnceWith('machine.shutDown');
  });

  it.each(['darwin', 'linux'] as const)('offers what the app does for itself on %s', (platform) => {
    const log: string[] = [];
    const template = menuTemplate({
      ...{ platform, developer: false, run: () => {} },
      installTool: () => log.push('tool'),
      lookForUpdates: () => log.push('updates'),
    });
    const menu = platform === 'darwin' ? 'Tatin' : 'Help';
    choose(template, menu, 'Install Command Line Tool…');
    choose(template, menu, 'Check for Updates…');
    expect(log).toEqual(['tool', 'updates']);
  });

  it('shows developer tools to developers only', () => {
    const roles = (developer: boolean) =>
      allItems(menuTemplate({ ...nothing, platform: 'darwin', developer })).map((item) => item.role);
    expect(roles(true)).toContain('toggleDevTools');
    expect(roles(false)).not.toContain('toggleDevTools');
  });
});

describe('applyEnabled', () => {
  it('offers exactly the commands given, and hides those of the App menu that nobody knows', () => {
    const menu = menuStandIn(build('darwin'));
    const look = (id: CommandId) => {
      const item = menu.getMenuItemById(id);
      return { enabled: item?.enabled, visible: item?.visible };
    };
    applyEnabled(menu, new Set(['machine.start']));
    expect(look('machine.start')).toEqual({ enabled: true, visible: true });
    expect(look('machine.pause')).toEqual({ enabled: false, visible: true });
    expect(look('app.settings')).toEqual({ enabled: false, visible: false });

    applyEnabled(menu, new Set(['app.settings']));
    expect(look('machine.start')).toEqual({ enabled: false, visible: true });
    expect(look('app.settings')).toEqual({ enabled: true, visible: true });
  });
});
