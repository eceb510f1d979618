import { describe, expect, it } from 'vitest';
import { type Command, commandById, commands } from '../../electron/contract/commands/commands.ts';
import { acceleratorOf, isPressed, keysOf, type KeyPress, parseAccelerator } from './accelerator.ts';

const press = (key: string, parts: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code: '',
  ctrlKey: false,
  altKey: false,
  shiftKey: false,
  metaKey: false,
  ...parts,
});

describe('parseAccelerator', () => {
  it('reads every key of the command table, in every place', () => {
    for (const command of commands as readonly Command[])
      for (const kind of ['desktop', 'browser'] as const)
        for (const platform of ['darwin', 'linux', 'other'] as const) {
          const text = acceleratorOf(command, { kind, platform });
          if (text !== undefined) expect(parseAccelerator(text, platform).key, command.id).not.toBe('');
        }
  });
});

describe('isPressed', () => {
  it('takes Command on a Mac and Control elsewhere', () => {
    const find = (platform: 'darwin' | 'linux') => parseAccelerator('CmdOrCtrl+F', platform);
    expect(isPressed(find('darwin'), press('f', { metaKey: true }))).toBe(true);
    expect(isPressed(find('darwin'), press('f', { ctrlKey: true }))).toBe(false);
    expect(isPressed(find('linux'), press('f', { ctrlKey: true }))).toBe(true);
  });

  it('is no match with a modifier more or less', () => {
    const find = parseAccelerator('CmdOrCtrl+F', 'linux');
    expect(isPressed(find, press('f'))).toBe(false);
    expect(isPressed(find, press('F', { ctrlKey: true, shiftKey: true }))).toBe(false);
  });

  it('knows a key by its place where Alt makes it type something else', () => {
    const pause = parseAccelerator('Alt+CmdOrCtrl+P', 'darwin');
    expect(isPressed(pause, press('π', { code: 'KeyP', altKey: true, metaKey: true }))).toBe(true);
  });
});

describe('keysOf', () => {
  it('writes signs on a Mac and names elsewhere', () => {
    const suspend = commandById('machine.suspend');
    expect(keysOf(suspend, { kind: 'desktop', platform: 'darwin' })).toBe('⌥⌘S');
    expect(keysOf(suspend, { kind: 'browser', platform: 'linux' })).toBe('Ctrl+Alt+S');
    expect(keysOf(commandById('machine.start'), { kind: 'browser', platform: 'linux' })).toBe('Alt+R');
    expect(keysOf(commandById('window.library'), { kind: 'browser', platform: 'linux' })).toBeUndefined();
  });
});
