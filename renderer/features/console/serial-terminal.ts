import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { type ITheme, Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import type { SerialView } from './serial-session.ts';

/** Lines kept for scrolling back; a boot takes a few hundred. */
const scrollbackLines = 20_000;

/** A terminal in an element of the page, as a view of a serial port. */
export interface SerialTerminal extends SerialView, Disposable {
  /** Called with what is typed. */
  onType(listener: (text: string) => void): void;
  /** Called with the place of the match and how many there are, after each search. */
  onFound(listener: (found: { index: number; count: number }) => void): void;
  find(text: string, direction: 'next' | 'previous'): void;
  clearFind(): void;
  /** Everything that can be scrolled to, as text. */
  text(): string;
  /** Empties what is shown; the line at the cursor stays. */
  clear(): void;
  focus(): void;
}

/**
 * Opens a terminal in `element`, which it then fills whatever size that takes. Keys for which `isOurs` is true are left
 * to the page; all others are the guest's while the terminal has the focus.
 */
export function openSerialTerminal(element: HTMLElement, isOurs: (event: KeyboardEvent) => boolean): SerialTerminal {
  const terminal = new Terminal({
    allowProposedApi: true, // The search addon marks its matches with decorations, which are proposed.
    cursorBlink: false,
    fontFamily: style(element, '--font-mono'),
    fontSize: 12,
    lineHeight: 1.2,
    minimumContrastRatio: 4.5,
    scrollback: scrollbackLines,
    screenReaderMode: true,
    theme: theme(element),
  });
  const fit = new FitAddon();
  const search = new SearchAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  terminal.open(element);
  terminal.attachCustomKeyEventHandler((event) => !isOurs(event));
  const resized = new ResizeObserver(() => {
    if (element.clientHeight > 0) fit.fit();
  });
  resized.observe(element);
  const options = { decorations: decorations(element) };
  return {
    write: (bytes) => new Promise((resolve) => terminal.write(bytes, resolve)),
    reset: () => terminal.reset(),
    onType: (listener) => void terminal.onData(listener),
    onFound: (listener) =>
      void search.onDidChangeResults(({ resultIndex, resultCount }) =>
        listener({ index: resultIndex, count: resultCount }),
      ),
    find: (text, direction) => {
      if (direction === 'next') search.findNext(text, options);
      else search.findPrevious(text, options);
    },
    clearFind: () => search.clearDecorations(),
    text: () => textOf(terminal),
    clear: () => terminal.clear(),
    focus: () => terminal.focus(),
    [Symbol.dispose]: () => {
      resized.disconnect();
      terminal.dispose();
    },
  };
}

/** Lines that were only wrapped are joined again; blank ones at the end are left out. */
function textOf({ buffer }: Terminal): string {
  const lines: string[] = [];
  for (let row = 0; row < buffer.active.length; row += 1) {
    const line = buffer.active.getLine(row);
    if (line === undefined) continue;
    const text = line.translateToString(true);
    if (line.isWrapped && lines.length > 0) lines.push(`${lines.pop() ?? ''}${text}`);
    else lines.push(text);
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

function style(element: HTMLElement, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

/** A token's colour as the page draws it now, in a form that xterm reads; tokens hold `light-dark()`. */
function colour(element: HTMLElement, token: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${token})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** The terminal is dark in both looks, as its ground is. */
function theme(element: HTMLElement): ITheme {
  const ink = colour(element, '--text-terminal');
  const ground = colour(element, '--surface-terminal');
  return {
    foreground: ink,
    background: ground,
    cursor: ink,
    cursorAccent: ground,
    selectionBackground: '#4a5a75',
    black: '#4a4641',
    red: '#ff8d82',
    green: '#6fd58c',
    yellow: '#f0b84f',
    blue: '#7db2f0',
    magenta: '#baa3ff',
    cyan: '#6fd0d5',
    white: '#d8d5d0',
    brightBlack: colour(element, '--text-terminal-dim'),
    brightRed: '#ffb0a8',
    brightGreen: '#9be8b0',
    brightYellow: '#ffd07a',
    brightBlue: '#a9d0ff',
    brightMagenta: '#d3c4ff',
    brightCyan: '#a3e6ea',
    brightWhite: '#ffffff',
  };
}

function decorations(element: HTMLElement): {
  matchBackground: string;
  matchOverviewRuler: string;
  activeMatchBackground: string;
  activeMatchColorOverviewRuler: string;
} {
  const toHex = (token: string): string => hex(colour(element, token));
  return {
    matchBackground: '#5a4a1f',
    matchOverviewRuler: '#f0b84f',
    activeMatchBackground: toHex('--accent'),
    activeMatchColorOverviewRuler: toHex('--accent'),
  };
}

/** "rgb(10, 98, 216)" as "#0a62d8", which is all that the search addon takes. */
function hex(rgb: string): string {
  const channels = rgb.match(/\d+/g)?.slice(0, 3) ?? ['0', '0', '0'];
  return `#${channels.map((channel) => Number(channel).toString(16).padStart(2, '0')).join('')}`;
}
