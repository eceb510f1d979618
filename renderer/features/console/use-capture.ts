import { type FocusEvent, type KeyboardEvent, useRef, useState } from 'react';
import { capture, type CaptureEvent, released } from './capture.ts';
import type { ScreenSession } from './screen-session.ts';

/** Handlers for the element around the canvas; they see every key before noVNC does. */
export interface CaptureHandlers {
  readonly onFocus: (event: FocusEvent) => void;
  readonly onBlur: (event: FocusEvent) => void;
  readonly onKeyDownCapture: (event: KeyboardEvent) => void;
  readonly onKeyUpCapture: (event: KeyboardEvent) => void;
}

/**
 * Whether the guest has the keyboard, which is when its canvas has the focus. `takeKey` is offered every key first and
 * says whether it was Tatin's; `onRelease` takes the focus elsewhere.
 */
export function useCapture(
  screen: ScreenSession,
  takeKey: (event: KeyboardEvent) => boolean,
  onRelease: () => void,
): { captured: boolean; handlers: CaptureHandlers } {
  const state = useRef(released);
  const [captured, setCaptured] = useState(false);
  const take = (event: CaptureEvent): void => {
    const { state: next, effect } = capture(state.current, event);
    state.current = next;
    setCaptured(next.captured);
    if (effect?.kind === 'letGo') screen.letGo(effect.codes);
    // Later, so that the guest is told first that the two keys came up.
    if (effect?.kind === 'release') setTimeout(onRelease);
  };
  const handlers: CaptureHandlers = {
    onFocus: ({ target }) => {
      if (target instanceof HTMLCanvasElement) take({ kind: 'focused' });
    },
    onBlur: ({ target }) => {
      if (target instanceof HTMLCanvasElement) take({ kind: 'blurred' });
    },
    onKeyDownCapture: (event) => {
      if (!state.current.captured) return;
      if (takeKey(event)) {
        event.preventDefault();
        event.stopPropagation();
      } else take({ kind: 'down', code: event.code, key: event.key });
    },
    onKeyUpCapture: ({ code, key }) => {
      if (state.current.captured) take({ kind: 'up', code, key });
    },
  };
  return { captured, handlers };
}
