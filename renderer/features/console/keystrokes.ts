/** One key going down or up, as RFB has it: an X11 keysym, and the place of the key on the board (UI Events `code`). */
export interface KeyStroke {
  readonly keysym: number;
  readonly code: string;
  readonly down: boolean;
}

interface Key {
  readonly code: string;
  readonly keysym: number;
  readonly shift: boolean;
}

/** X11 keysyms of keys that print nothing (X11/keysymdef.h). Those of ASCII are its own numbers. */
export const keysyms = {
  Backspace: 0xff08,
  Tab: 0xff09,
  Enter: 0xff0d,
  Escape: 0xff1b,
  Delete: 0xffff,
  PrintScreen: 0xff61,
  ShiftLeft: 0xffe1,
  ControlLeft: 0xffe3,
  AltLeft: 0xffe9,
  MetaLeft: 0xffeb,
  F1: 0xffbe,
} as const;

/** The US board: its keys by place, with what they give alone and with Shift. */
const punctuation: readonly (readonly [code: string, plain: string, shifted: string])[] = [
  ['Backquote', '`', '~'],
  ['Minus', '-', '_'],
  ['Equal', '=', '+'],
  ['BracketLeft', '[', '{'],
  ['BracketRight', ']', '}'],
  ['Backslash', '\\', '|'],
  ['Semicolon', ';', ':'],
  ['Quote', "'", '"'],
  ['Comma', ',', '<'],
  ['Period', '.', '>'],
  ['Slash', '/', '?'],
];
const shiftedDigits = ')!@#$%^&*(';

const board: ReadonlyMap<string, Key> = new Map(usBoard());

function* usBoard(): Generator<[string, Key]> {
  const key = (character: string, code: string, shift: boolean): [string, Key] => [
    character,
    { code, keysym: character.charCodeAt(0), shift },
  ];
  for (const letter of 'abcdefghijklmnopqrstuvwxyz') {
    yield key(letter, `Key${letter.toUpperCase()}`, false);
    yield key(letter.toUpperCase(), `Key${letter.toUpperCase()}`, true);
  }
  for (const [digit, shifted] of Array.from(shiftedDigits).entries()) {
    yield key(String(digit), `Digit${digit}`, false);
    yield key(shifted, `Digit${digit}`, true);
  }
  for (const [code, plain, shifted] of punctuation) {
    yield key(plain, code, false);
    yield key(shifted, code, true);
  }
  yield key(' ', 'Space', false);
  yield ['\n', { code: 'Enter', keysym: keysyms.Enter, shift: false }];
  yield ['\t', { code: 'Tab', keysym: keysyms.Tab, shift: false }];
}

const shiftKey = (down: boolean): KeyStroke => ({ keysym: keysyms.ShiftLeft, code: 'ShiftLeft', down });

/**
 * The strokes that type a text on a US board, one list a character. The guest is sent scan codes, so Shift is pressed
 * for every character that needs it. `skipped` holds each character once that no key of that board gives.
 */
export function keystrokesOf(text: string): { characters: readonly (readonly KeyStroke[])[]; skipped: string[] } {
  const characters: (readonly KeyStroke[])[] = [];
  const skipped = new Set<string>();
  for (const character of text.replaceAll(/\r\n?/g, '\n')) {
    const key = board.get(character);
    if (key === undefined) skipped.add(character);
    else characters.push(strokesOf(key));
  }
  return { characters, skipped: [...skipped] };
}

function strokesOf({ code, keysym, shift }: Key): KeyStroke[] {
  const press = [
    { keysym, code, down: true },
    { keysym, code, down: false },
  ];
  return shift ? [shiftKey(true), ...press, shiftKey(false)] : press;
}
