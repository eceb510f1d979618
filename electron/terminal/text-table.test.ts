import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oneLine, textTable } from './text-table.ts';

const columns = [
  { title: 'Name', value: (row: string[]) => row[0] ?? '' },
  { title: 'State', value: (row: string[]) => row[1] ?? '' },
];

describe('textTable', () => {
  it('puts each column where its widest cell lets it be', () => {
    expect(
      textTable(columns, [
        ['a', 'running'],
        ['a longer name', 'stopped'],
      ]),
    ).toBe('Name          State\na             running\na longer name stopped');
  });

  it('is nothing at all without rows', () => {
    expect(textTable(columns, [])).toBe('');
  });

  it('counts wide characters as two cells and combining ones as none', () => {
    expect(
      textTable(columns, [
        ['仮想', 'x'],
        ['e\u0301', 'y'],
        ['🚀', 'z'],
      ]),
    ).toBe('Name State\n仮想 x\ne\u0301    y\n🚀   z');
  });
});

describe('oneLine', () => {
  it('lets nothing through that could leave the line', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(oneLine(text))));
  });

  it('leaves ordinary names alone', () => {
    expect(oneLine('Ünïcode name (2)')).toBe('Ünïcode name (2)');
    // One byte that begins a command to many terminals (ECMA-48, CSI), and that JSON would leave as it is.
    expect(oneLine('a\u009b2J')).toBe('a\\u009b2J');
    expect(oneLine('a\nb\u001b[31m')).toBe('a\\nb\\u001b[31m');
  });
});
