import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printableLine, printableText } from './printable.ts';

/** Whatever a terminal acts on, and whatever turns or hides text. */
const steering = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF]/u;

describe('printableLine', () => {
  it('lets nothing through that steers a terminal, turns text or breaks the line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(fc.nat({ max: 0xffff })), (text, units) => {
        expect(printableLine(text)).not.toMatch(steering);
        expect(printableLine(String.fromCharCode(...units))).not.toMatch(steering);
      }),
    );
  });

  it('shows each as an escape that can be read', () => {
    expect(printableLine('a\u001b]0;title\u0007b')).toBe('a\\u001b]0;title\\u0007b');
    // One character that begins a command to many terminals (ECMA-48, CSI), and that JSON would leave as it is.
    expect(printableLine('a\u009b2J')).toBe('a\\u009b2J');
    expect(printableLine('a\r\n\tb\u007f')).toBe('a\\r\\n\\tb\\u007f');
    expect(printableLine('gpj\u202e.exe')).toBe('gpj\\u202e.exe');
    expect(printableLine('half \ud83d of a pair')).toBe('half \\ud83d of a pair');
    expect(printableLine('web\u200b')).toBe('web\\u200b');
    expect(printableLine('web\u{e0041}')).toBe('web\\udb40\\udc41');
    expect(printableLine('web\u3164')).toBe('web\\u3164');
  });

  it('leaves what people write alone', () => {
    for (const text of [
      'Ünïcode name (2)',
      '仮想 マシン',
      'e\u0301',
      '👩‍💻 ❤️ 👍🏽',
      'می‌خواهم',
      'क्‍ष',
      '한국어',
      'שלום',
      '1️⃣ ♥︎',
      '葛\u{e0100}',
    ])
      expect(printableLine(text)).toBe(text);
  });

  it('takes joiners for what they are only where they join', () => {
    expect(printableLine('web\u200dserver \u200c')).toBe('web\\u200dserver \\u200c');
    expect(printableLine('web\ufe0f')).toBe('web\\ufe0f');
  });

  it('does nothing to what it has cleaned', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printableLine(printableLine(text))).toBe(printableLine(text));
      }),
    );
  });
});

describe('printableText', () => {
  it('keeps lines and tabs, and nothing else that moves the cursor', () => {
    expect(printableText('a\r\n\tb\rc\u001b[2Jd\n')).toBe('a\n\tb\\rc\\u001b[2Jd\n');
  });

  it('leaves a JSON document with the meaning that it had', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const text = JSON.stringify(value, undefined, 2);
        expect(JSON.parse(printableText(text))).toEqual(JSON.parse(text));
      }),
    );
  });
});
