import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keystrokesOf, type KeyStroke } from './keystrokes.ts';

/** A US keyboard as a guest sees it: places of keys in, text out. Written from the board, not from the table. */
class UsGuest {
  text = '';
  #shift = false;
  readonly #down = new Set<string>();

  take({ code, down }: KeyStroke): void {
    if (down === this.#down.has(code)) throw new Error(`${code} ${down ? 'went down twice' : 'came up while up'}`);
    if (down) this.#down.add(code);
    else this.#down.delete(code);
    if (code === 'ShiftLeft') this.#shift = down;
    else if (down) this.text += this.#character(code);
  }

  get isIdle(): boolean {
    return this.#down.size === 0;
  }

  #character(code: string): string {
    const plain = "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./ ";
    const shifted = '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>? ';
    const codes = [
      'Backquote',
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 0].map((digit) => `Digit${digit}`),
      ...['Minus', 'Equal'],
      ...letterKeys('QWERTYUIOP'),
      ...['BracketLeft', 'BracketRight', 'Backslash'],
      ...letterKeys('ASDFGHJKL'),
      ...['Semicolon', 'Quote'],
      ...letterKeys('ZXCVBNM'),
      ...['Comma', 'Period', 'Slash', 'Space'],
    ];
    if (code === 'Enter') return '\n';
    if (code === 'Tab') return '\t';
    const found = (this.#shift ? shifted : plain)[codes.indexOf(code)];
    if (found === undefined) throw new Error(`No key ${code}`);
    return found;
  }
}

const letterKeys = (letters: string): string[] => Array.from(letters, (letter) => `Key${letter}`);

const typeable = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });

function typed(text: string): string {
  const guest = new UsGuest();
  for (const stroke of keystrokesOf(text).characters.flat()) guest.take(stroke);
  expect(guest.isIdle).toBe(true);
  return guest.text;
}

describe('keystrokesOf', () => {
  it('types every printable character of ASCII, pressing Shift where the board needs it', () => {
    fc.assert(
      fc.property(typeable, (text) => {
        expect(typed(text)).toBe(text);
        expect(keystrokesOf(text).skipped).toEqual([]);
      }),
    );
  });

  it('wraps a shifted character in Shift, and no other', () => {
    const codesOf = (text: string): string[] =>
      keystrokesOf(text)
        .characters.flat()
        .map(({ code, down }) => `${down ? '+' : '-'}${code}`);
    expect(codesOf('a')).toEqual(['+KeyA', '-KeyA']);
    expect(codesOf('A')).toEqual(['+ShiftLeft', '+KeyA', '-KeyA', '-ShiftLeft']);
    expect(codesOf('>')).toEqual(['+ShiftLeft', '+Period', '-Period', '-ShiftLeft']);
  });

  it('presses Enter once for every kind of line end', () => {
    expect(typed('a\r\nb\rc\nd')).toBe('a\nb\nc\nd');
  });

  it('leaves out what the board has no key for, and says so once', () => {
    expect(keystrokesOf('né é 😀').skipped).toEqual(['é', '😀']);
    expect(typed('né')).toBe('n');
  });
});
