import { z } from 'zod';
import type { ErrorInfo } from './errors.ts';

const lengthSchema = z.number().min(0).max(100_000);
const positionSchema = z.number().min(-100_000).max(100_000);

/**
 * What a page wants of its machine's screen where the system itself draws that over the page. Said whole whenever any of
 * it changes.
 */
export const screenOptionsSchema = z.object({
  /** The placeholder, in the page's own pixels from its top left; null: nothing is to be shown. */
  place: z.object({ x: positionSchema, y: positionSchema, width: lengthSchema, height: lengthSchema }).nullable(),
  /** Something of the page stands over the placeholder, which the screen would hide. */
  isCovered: z.boolean(),
  /** Keys such as Command-Tab are the guest's while it has the keyboard. */
  capturesSystemKeys: z.boolean(),
  /** Whether the guest's display takes the size of the placeholder; null: as the machine's settings say. */
  refits: z.boolean().nullable(),
});
export type ScreenOptions = z.infer<typeof screenOptionsSchema>;

/**
 * How the screen of a page's machine stands.
 *
 *     unknown ──▶ remote
 *        │
 *        └─▶ off ◀──▶ ready ◀──▶ shown
 *             ▲  ╲       ▲         │
 *             ╰─ noDisplay ╲── failed
 */
export type NativeScreenState =
  /** Nobody has answered yet. */
  | { readonly kind: 'unknown' }
  /** Its pictures come through a channel, and nothing is drawn over the page. */
  | { readonly kind: 'remote' }
  /** No machine of this app runs. */
  | { readonly kind: 'off' }
  /** It runs, and has no display. */
  | { readonly kind: 'noDisplay' }
  /** It runs, and the page wants nothing. */
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'shown';
      /** Whether keys go to the guest. */
      readonly hasKeyboard: boolean;
      /** Of the guest's display, in its pixels, once it has told. */
      readonly size?: { readonly width: number; readonly height: number };
    }
  /** It could not be shown; the next options try again. */
  | { readonly kind: 'failed'; readonly error: ErrorInfo };

/** The screen that the system draws over a page, as the page has it. */
export interface NativeScreenShell {
  setOptions(options: ScreenOptions): void;
  /** Gives the keyboard to the guest, or takes it back for the page. */
  giveKeyboard(): void;
  takeKeyboard(): void;
  /** Calls `listener` with every state from now on, first with the one that is. */
  onState(listener: (state: NativeScreenState) => void): () => void;
}
