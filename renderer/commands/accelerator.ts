import { type Command, desktopAccelerator } from '../../electron/contract/commands/commands.ts';
import type { Shell } from '../../electron/contract/shell.ts';

/** A key with its modifiers, as a KeyboardEvent reports them. */
export interface Accelerator {
  /** Upper case for letters, else the event's `key`: "F11", "Backspace", ".". */
  readonly key: string;
  readonly control: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
  readonly meta: boolean;
}

type Platform = Shell['platform'];

/** The key of a command where this page stands, in Electron's syntax; undefined where it has none. */
export function acceleratorOf(
  command: Command,
  { kind, platform }: Pick<Shell, 'kind' | 'platform'>,
): string | undefined {
  if (kind === 'desktop') return desktopAccelerator(command, platform);
  if (command.browserAccelerator === null) return undefined;
  return command.browserAccelerator ?? command.accelerator;
}

/** Electron's accelerator syntax, e.g. `Alt+CmdOrCtrl+.`. @throws Error for a modifier that the table never uses */
export function parseAccelerator(text: string, platform: Platform): Accelerator {
  const parts = text.split('+');
  const key = parts.pop() ?? '';
  const modifiers = new Set(parts.map((part) => modifierOf(part, platform)));
  return {
    key: key.length === 1 ? key.toUpperCase() : key,
    control: modifiers.has('control'),
    alt: modifiers.has('alt'),
    shift: modifiers.has('shift'),
    meta: modifiers.has('meta'),
  };
}

function modifierOf(part: string, platform: Platform): 'control' | 'alt' | 'shift' | 'meta' {
  switch (part) {
    case 'CmdOrCtrl':
      return platform === 'darwin' ? 'meta' : 'control';
    case 'Ctrl':
      return 'control';
    case 'Alt':
      return 'alt';
    case 'Shift':
      return 'shift';
    default:
      throw new Error(`No modifier ${part}`);
  }
}

/** What is asked of a KeyboardEvent. */
export type KeyPress = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'altKey' | 'shiftKey' | 'metaKey'>;

/** Whether the event is that key. With Alt a board types other characters, so then the key's place counts too. */
export function isPressed(accelerator: Accelerator, event: KeyPress): boolean {
  return (
    event.ctrlKey === accelerator.control &&
    event.altKey === accelerator.alt &&
    event.shiftKey === accelerator.shift &&
    event.metaKey === accelerator.meta &&
    (event.key.toUpperCase() === accelerator.key.toUpperCase() || event.code === codeOf(accelerator.key))
  );
}

function codeOf(key: string): string {
  if (/^[A-Z]$/.test(key)) return `Key${key}`;
  if (/^[0-9]$/.test(key)) return `Digit${key}`;
  return { '.': 'Period', ',': 'Comma' }[key] ?? key;
}

const macSigns: Record<string, string> = { Backspace: '⌫' };

/** As a person reads it: "⌥⌘P" on a Mac, "Ctrl+Alt+P" elsewhere. */
function accelerationText({ key, control, alt, shift, meta }: Accelerator, platform: Platform): string {
  if (platform === 'darwin')
    return `${control ? '⌃' : ''}${alt ? '⌥' : ''}${shift ? '⇧' : ''}${meta ? '⌘' : ''}${macSigns[key] ?? key}`;
  return [control && 'Ctrl', alt && 'Alt', shift && 'Shift', meta && 'Super', key].filter(Boolean).join('+');
}

/** The shortcut of a command as it is shown beside it, if it has one here. */
export function keysOf(command: Command, shell: Pick<Shell, 'kind' | 'platform'>): string | undefined {
  const text = acceleratorOf(command, shell);
  return text === undefined ? undefined : accelerationText(parseAccelerator(text, shell.platform), shell.platform);
}
