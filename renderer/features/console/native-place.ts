import { type RefObject, useEffect } from 'react';
import type { NativeSession } from './native-session.ts';

/** What of a page may lie over its screen for a while. Native views lie above all of it, whatever the style sheet says. */
const overlays =
  '[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"], [role="tooltip"], dialog[open]';

type Box = Pick<DOMRectReadOnly, 'left' | 'top' | 'right' | 'bottom'>;

/** Whether two boxes share more than an edge. */
export function overlap(one: Box, other: Box): boolean {
  return (
    Math.min(one.right, other.right) > Math.max(one.left, other.left) &&
    Math.min(one.bottom, other.bottom) > Math.max(one.top, other.top)
  );
}

/** Whether something of the page stands over that box now. */
function isOverlaid(box: Box): boolean {
  return [...document.querySelectorAll(overlays)].some((overlay) => overlap(overlay.getBoundingClientRect(), box));
}

/**
 * Keeps the native screen where `placeholder` is, hidden while `isCovered` or while a menu or a dialog of the page stands
 * over it.
 */
export function useNativePlace(
  session: NativeSession,
  placeholder: RefObject<HTMLElement | null>,
  { isWanted, isCovered }: { isWanted: boolean; isCovered: boolean },
): void {
  useEffect(() => {
    const element = placeholder.current;
    if (!isWanted || element === null) {
      session.setOptions({ place: null });
      return undefined;
    }
    const measure = (): void => {
      const box = element.getBoundingClientRect();
      const place = { x: box.x, y: box.y, width: box.width, height: box.height };
      session.setOptions({ place, isCovered: isCovered || isOverlaid(box) });
    };
    return watchPlace(element, measure);
  }, [session, placeholder, isWanted, isCovered]);
}

/** Calls `measure` now and whenever the element may be elsewhere or covered, until the returned function is called. */
function watchPlace(element: HTMLElement, measure: () => void): () => void {
  let frame = 0;
  // What was just put into the page finds its place in the next frame.
  const soon = (): void => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(measure);
  };
  const sizes = new ResizeObserver(measure);
  sizes.observe(element);
  const changes = new MutationObserver(soon);
  changes.observe(document.body, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ['style', 'hidden', 'open', 'data-state'],
  });
  const ended = new AbortController();
  const { signal } = ended;
  // The zoom and full screen come as a new size of the window.
  window.addEventListener('resize', measure, { signal });
  document.addEventListener('scroll', measure, { signal, capture: true });
  measure();
  return () => {
    ended.abort();
    sizes.disconnect();
    changes.disconnect();
    cancelAnimationFrame(frame);
  };
}
