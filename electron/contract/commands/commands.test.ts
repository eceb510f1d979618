import { describe, expect, it } from 'vitest';
import { commandById, commands, commandTitle, type Command, desktopAccelerator } from './commands.ts';
import { verbs } from '../verbs.ts';

const table: readonly Command[] = commands;

/** Command and Control are one key except on a Mac, and the order of modifiers says nothing. */
function pressedKeys(accelerator: string, platform: string): string {
  const parts = accelerator.split('+').map((part) => {
    if (part === 'CmdOrCtrl') return platform === 'darwin' ? 'Cmd' : 'Ctrl';
    return part;
  });
  return [...new Set(parts)].sort().join('+').toUpperCase();
}

/** The key of a command in a browser. */
function browserAccelerator(command: Command): string | undefined {
  return command.browserAccelerator === null ? undefined : (command.browserAccelerator ?? command.accelerator);
}

function doubles(keys: readonly (string | undefined)[]): string[] {
  const known = keys.filter((key) => key !== undefined);
  return known.filter((key, index) => known.indexOf(key) !== index);
}

describe('commands', () => {
  it('have ids of their own', () => {
    expect(doubles(table.map(({ id }) => id))).toEqual([]);
  });

  it('stand in the order of the menu bar', () => {
    const menus = [...new Set(table.map(({ menu }) => menu))];
    expect(menus).toEqual(['app', 'file', 'edit', 'view', 'machine', 'image', 'window', 'help']);
  });

  it.each(['darwin', 'linux'])('never share a key in the desktop app on %s', (platform) => {
    const keys = table.map((command) => {
      const accelerator = desktopAccelerator(command, platform);
      return accelerator === undefined ? undefined : pressedKeys(accelerator, platform);
    });
    expect(doubles(keys)).toEqual([]);
  });

  it.each(['darwin', 'linux'])('never share a key in a browser on %s', (platform) => {
    const keys = table.map((command) => {
      const accelerator = browserAccelerator(command);
      return accelerator === undefined ? undefined : pressedKeys(accelerator, platform);
    });
    expect(doubles(keys)).toEqual([]);
  });

  it('take no key that a browser keeps for itself', () => {
    // New window, tab, close, quit, reload, address, and the tabs by number: pages never hear of these.
    const kept = ['N', 'T', 'W', 'Q', 'R', 'L', '0', '1', '2', '9'].flatMap((key) => [`CTRL+${key}`, `CMD+${key}`]);
    for (const command of table)
      for (const platform of ['darwin', 'linux']) {
        const accelerator = browserAccelerator(command);
        if (accelerator === undefined) continue;
        const keys = pressedKeys(accelerator, platform).split('+').sort().join('+');
        expect(
          kept.map((key) => key.split('+').sort().join('+')),
          `${command.id} on ${platform}`,
        ).not.toContain(keys);
      }
  });

  it('name a modifier once, and only those that Electron knows', () => {
    for (const { id, accelerator, browserAccelerator, linuxAccelerator } of table)
      for (const text of [accelerator, browserAccelerator, linuxAccelerator]) {
        const modifiers = text?.split('+').slice(0, -1) ?? [];
        expect(new Set(modifiers).size, id).toBe(modifiers.length);
        for (const modifier of modifiers) expect(['CmdOrCtrl', 'Ctrl', 'Alt', 'Shift'], id).toContain(modifier);
      }
  });

  it('ask before something is lost: a destructive command ends in "…"', () => {
    for (const { id, title, destructive } of table) if (destructive === true) expect(title, id).toMatch(/…$/);
  });

  it('are written in title case', () => {
    for (const { id, title } of table) expect(title, id).toMatch(/^(as|[A-Z])/);
  });

  it('need a verb that machines know where they act on machines', () => {
    const withoutVerb = ['machine.copyAddress', 'machine.reveal'];
    for (const { id, scope, verb } of table) {
      if (verb !== undefined) expect(verbs, id).toContain(verb);
      if (scope === 'selection' || scope === 'one')
        expect(verb !== undefined || withoutVerb.includes(id), id).toBe(true);
    }
  });

  it('stand in groups that are not torn apart', () => {
    for (const menu of new Set(table.map((command) => command.menu))) {
      const groups = table.filter((command) => command.menu === menu).map(({ group }) => group);
      expect(
        [...groups].sort((a, b) => a - b),
        menu,
      ).toEqual(groups);
    }
  });
});

describe('commandById', () => {
  it('finds each', () => {
    for (const { id } of commands) expect(commandById(id).id).toBe(id);
  });
});

describe('commandTitle', () => {
  it('names parts of macOS on a Mac only', () => {
    for (const command of table) expect(commandTitle(command, 'linux'), command.id).not.toMatch(/Finder|Dock/);
    expect(commandTitle(commandById('machine.reveal'), 'darwin')).toBe('Show in Finder');
  });
});
