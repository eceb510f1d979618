import { describe, expect, it } from 'vitest';
import { cutToCells, textTable } from './text-table.ts';

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

  it('shows cells that could leave their place as escapes, as wide as these are', () => {
    expect(
      textTable(columns, [
        ['a\nb\u001b[31m', 'x'],
        ['c', 'y\u202e'],
      ]),
    ).toBe('Name           State\na\\nb\\u001b[31m x\nc              y\\u202e');
  });
});

describe('cutToCells', () => {
  it('counts as the table does', () => {
    expect(cutToCells('仮想 x', 3)).toBe('仮');
    expect(cutToCells('abc', 3)).toBe('abc');
    expect(cutToCells('abc', 0)).toBe('');
  });
});
