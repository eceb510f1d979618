import { keysyms, type KeyStroke } from './keystrokes.ts';

/** Keys pressed together that the host or the browser would keep for itself. */
export interface Chord {
  readonly id: string;
  readonly title: string;
  /** In the order in which they go down. */
  readonly keys: readonly { readonly keysym: number; readonly code: string }[];
  /** Chords with the same number stand together between two separators. */
  readonly group: number;
}

const control = { keysym: keysyms.ControlLeft, code: 'ControlLeft' };
const alt = { keysym: keysyms.AltLeft, code: 'AltLeft' };
const meta = { keysym: keysyms.MetaLeft, code: 'MetaLeft' };
const tab = { keysym: keysyms.Tab, code: 'Tab' };
const functionKey = (number: number): Chord['keys'][number] => ({
  keysym: keysyms.F1 + number - 1,
  code: `F${number}`,
});

export const chords: readonly Chord[] = [
  {
    id: 'ctrl-alt-delete',
    title: 'Ctrl+Alt+Delete',
    keys: [control, alt, { keysym: keysyms.Delete, code: 'Delete' }],
    group: 1,
  },
  {
    id: 'ctrl-alt-backspace',
    title: 'Ctrl+Alt+Backspace',
    keys: [control, alt, { keysym: keysyms.Backspace, code: 'Backspace' }],
    group: 1,
  },
  ...[1, 2, 3, 4, 5, 6, 7].map((number) => ({
    id: `ctrl-alt-f${number}`,
    title: `Ctrl+Alt+F${number}`,
    keys: [control, alt, functionKey(number)],
    group: 2,
  })),
  { id: 'alt-tab', title: 'Alt-Tab', keys: [alt, tab], group: 3 },
  { id: 'alt-f4', title: 'Alt-F4', keys: [alt, functionKey(4)], group: 3 },
  { id: 'super', title: 'Super', keys: [meta], group: 3 },
  {
    id: 'print-screen',
    title: 'Print Screen',
    keys: [{ keysym: keysyms.PrintScreen, code: 'PrintScreen' }],
    group: 3,
  },
  { id: 'escape', title: 'Escape', keys: [{ keysym: keysyms.Escape, code: 'Escape' }], group: 3 },
];

/** All keys go down in order and come up in the opposite one. */
export function strokesOfChord({ keys }: Chord): KeyStroke[] {
  return [...keys.map((key) => ({ ...key, down: true })), ...keys.toReversed().map((key) => ({ ...key, down: false }))];
}
