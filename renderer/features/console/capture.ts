/**
 * Who has the keyboard: the guest (captured) or Tatin.
 *
 *     released ──focus──▶ captured ──blur, ⌃⌥ pressed and let go──▶ released
 *
 * ⌃⌥ counts only if no other key went down between the first of the two and the last that came up, so that every chord
 * with Control and Alt still reaches the guest.
 */
export interface Capture {
  readonly captured: boolean;
  /** Codes of the keys that are down in the guest. */
  readonly held: ReadonlySet<string>;
  readonly chord: 'idle' | 'started' | 'complete' | 'spoiled';
}

export type CaptureEvent =
  | { readonly kind: 'focused' }
  | { readonly kind: 'blurred' }
  /** `code` and `key` as a KeyboardEvent has them. */
  | { readonly kind: 'down'; readonly code: string; readonly key: string }
  | { readonly kind: 'up'; readonly code: string; readonly key: string };

/** What must be done besides remembering the new state. */
export type CaptureEffect =
  /** Take the focus from the screen. */
  | { readonly kind: 'release' }
  /** Let keys go in the guest that no event of theirs will let go any more. */
  | { readonly kind: 'letGo'; readonly codes: readonly string[] };

export const released: Capture = { captured: false, held: new Set(), chord: 'idle' };

/** The state after an event, and what to do. */
export function capture(state: Capture, event: CaptureEvent): { state: Capture; effect?: CaptureEffect } {
  switch (event.kind) {
    case 'focused':
      return { state: { ...released, captured: true } };
    case 'blurred':
      return {
        state: released,
        ...(state.held.size === 0 ? {} : { effect: { kind: 'letGo', codes: [...state.held] } }),
      };
    case 'down':
      return state.captured ? { state: afterDown(state, event) } : { state };
    case 'up':
      return state.captured ? afterUp(state, event.code) : { state };
  }
}

function afterDown(state: Capture, { code, key }: { code: string; key: string }): Capture {
  const held = new Set(state.held).add(code);
  const role = modifierOf(code, key);
  if (role === undefined) return { ...state, held, chord: 'spoiled' };
  if (state.chord === 'spoiled' || state.chord === 'complete') return { ...state, held };
  const roles = new Set([...held].map((other) => (other === code ? role : modifierOf(other, ''))));
  return { ...state, held, chord: roles.has('control') && roles.has('alt') ? 'complete' : 'started' };
}

function afterUp(state: Capture, code: string): { state: Capture; effect?: CaptureEffect } {
  const held = new Set(state.held);
  held.delete(code);
  if (held.size > 0) return { state: { ...state, held } };
  const next: Capture = { ...state, held, chord: 'idle' };
  return state.chord === 'complete' ? { state: next, effect: { kind: 'release' } } : { state: next };
}

/** Which half of the chord a key is. AltGr is no Alt: it types characters. */
function modifierOf(code: string, key: string): 'control' | 'alt' | undefined {
  if (code === 'ControlLeft' || code === 'ControlRight') return 'control';
  if ((code === 'AltLeft' || code === 'AltRight') && key !== 'AltGraph') return 'alt';
  return undefined;
}
