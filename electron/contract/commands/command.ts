import type { Verb } from '../verbs.ts';

/** What is known of a command wherever it is offered: in menus, toolbars, the palette, at its key. */
export interface CommandEntry {
  readonly id: string;
  /** Title case; "…" only when more input or a confirmation follows. */
  readonly title: string;
  /** Where the one above names a part of macOS. */
  readonly linuxTitle?: string;
  readonly menu: 'app' | 'file' | 'edit' | 'view' | 'machine' | 'image' | 'window' | 'help';
  /** Commands with the same number stand together between two separators. */
  readonly group: number;
  /** Electron's accelerator syntax; `CmdOrCtrl` is Command on a Mac and Control elsewhere. */
  readonly accelerator?: string;
  /** On a desktop that is no Mac, where Control and Command in the one above would be one key. */
  readonly linuxAccelerator?: string;
  /** In a browser, where the one above belongs to the browser itself. `null`: no key there. */
  readonly browserAccelerator?: string | null;
  /** A text field that has the focus keeps this key for editing. */
  readonly isEditingKey?: true;
  /** The verb that each chosen machine must allow. */
  readonly verb?: Verb;
  /** What it works on: the app, the machines or images chosen (or one alone), or the console's page that has the focus. */
  readonly scope: 'app' | 'selection' | 'one' | 'images' | 'image' | 'console';
  /** Works from every window of the desktop app and without one, through the library's. */
  readonly isGlobal?: true;
  /** Where it is offered beside menus and the palette. */
  readonly places?: readonly ('context' | 'inspector' | 'console' | 'bulk' | 'tray')[];
  /** A line icon's name in `renderer/components/icon.tsx`. */
  readonly icon?: string;
  readonly destructive?: boolean;
}
