import { describe, expect, it } from 'vitest';
import { commands } from '../../electron/contract/commands/commands.ts';
import { machine, running } from '../testing/fixtures.ts';
import { consoleCommands } from './console-commands.ts';
import { libraryCommands } from './library-commands.ts';

describe('libraryCommands', () => {
  it('hold with those of the console every command of the table', () => {
    const performed = new Set([...libraryCommands, ...consoleCommands].map(({ id }) => id));
    expect(commands.filter(({ id }) => !performed.has(id))).toEqual([]);
  });
});

describe('consoleCommands', () => {
  const stopped = { vm: machine('a'), takesKeys: false, captured: false, isSerialOpen: false };
  const idsFor = (state: typeof stopped): string[] =>
    consoleCommands.filter((command) => command.when(state)).map(({ id }) => id);
  const always = ['view.serial', 'view.fullScreen', 'window.library'];

  it('offer what the machine and the page allow, and nothing else', () => {
    expect(idsFor(stopped)).toEqual(['machine.start', ...always]);
    const live = { vm: machine('a', { state: running }), takesKeys: true, captured: true, isSerialOpen: true };
    expect(idsFor(live)).toEqual([
      'machine.pause',
      'machine.suspend',
      'machine.shutDown',
      'machine.reset',
      'machine.forceStop',
      'view.serial',
      'view.fullScreen',
      'edit.find',
      'console.ctrlAltDelete',
      'console.release',
      'window.library',
    ]);
  });
});
