import { type KeyboardEvent, type MouseEvent, useCallback, useEffect, useRef } from 'react';
import { moved, select, type Selected } from '../state/selection.ts';

/** How long a pause between two letters still makes them one word, in milliseconds. */
const typingPauseMs = 800;

const arrows = new Set(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End']);

/** What a list of things to choose from says of itself. */
export interface ChoosingOptions<T> {
  /** How many items stand beside each other; the arrows left and right do nothing in one column. */
  readonly columns: number;
  /** What is typed to go to an item. */
  readonly nameOf: (item: T) => string;
  readonly elementIdOf: (id: string) => string;
  readonly selected: () => Selected;
  readonly setSelected: (selected: Selected) => void;
  /** The list's own keys; true if it was one. `focused` is the item that the arrows have reached. */
  readonly onKey: (event: KeyboardEvent, focused: T | undefined) => boolean;
}

/**
 * Choosing from a list by mouse and keyboard, as every list of a Mac does it: click, Command or Control, Shift, arrows, typed
 * names, Escape; and the menu of the item by the keys that open one.
 */
export function useChoosing<T extends { readonly id: string }>(
  shown: readonly T[],
  options: ChoosingOptions<T>,
): {
  onChoose: (id: string, event: MouseEvent) => void;
  onKeyDown: (event: KeyboardEvent) => void;
  chosenOrNone: () => readonly T[];
} {
  const typed = useRef({ text: '', atMs: 0 });
  const latest = useRef({ shown, options });
  useEffect(() => {
    latest.current = { shown, options };
  });

  const onChoose = useCallback((id: string, event: MouseEvent) => {
    const { selected, setSelected } = latest.current.options;
    // A click with the other button keeps a selection that it is in, so that the menu is for all of it.
    if (event.button === 2 && selected().selection.has(id)) return;
    const how = event.shiftKey ? 'range' : event.metaKey || event.ctrlKey ? 'toggle' : 'only';
    const ids = latest.current.shown.map((item) => item.id);
    setSelected(select(ids, selected(), id, how));
  }, []);

  const { columns, nameOf, elementIdOf, selected, setSelected, onKey } = options;
  const typeTo = (letter: string, atMs: number): void => {
    const text = atMs - typed.current.atMs < typingPauseMs ? typed.current.text + letter : letter;
    typed.current = { text, atMs };
    const found = shown.find((item) => nameOf(item).toLowerCase().startsWith(text.toLowerCase()));
    if (found !== undefined) setSelected(select([], selected(), found.id, 'only'));
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    // Keys of a menu over the list come here too, as its component is inside.
    if (!(event.target instanceof Node) || !event.currentTarget.contains(event.target)) return;
    const { focus } = selected();
    const focused = shown.find(({ id }) => id === focus);
    if (arrows.has(event.key)) {
      const ids = shown.map(({ id }) => id);
      const to = moved(ids, focus, event.key, columns);
      if (to !== undefined) setSelected(select(ids, selected(), to, event.shiftKey ? 'range' : 'only'));
    } else if (onKey(event, focused)) {
      // Done.
    } else if (isMenuKey(event)) {
      if (focused !== undefined) openMenuAt(elementIdOf(focused.id));
    } else if (event.key === 'Escape') {
      setSelected({ ...selected(), selection: new Set(), anchor: undefined });
    } else if (event.key.length === 1 && !event.metaKey && !event.ctrlKey && !event.altKey) {
      typeTo(event.key, event.timeStamp);
    } else return;
    event.preventDefault();
  };

  const chosenOrNone = (): readonly T[] => {
    const { selection } = selected();
    return shown.filter(({ id }) => selection.has(id));
  };

  return { onChoose, onKeyDown, chosenOrNone };
}

function isMenuKey({ key, shiftKey }: KeyboardEvent): boolean {
  return key === 'ContextMenu' || (key === 'F10' && shiftKey);
}

/** The browser would open it at the list itself, which has the focus; it belongs beside the item. */
function openMenuAt(elementId: string): void {
  const element = document.getElementById(elementId);
  if (element === null) return;
  const { left, top, width, height } = element.getBoundingClientRect();
  const at = { clientX: left + Math.min(48, width / 2), clientY: top + height / 2 };
  element.dispatchEvent(new window.MouseEvent('contextmenu', { bubbles: true, cancelable: true, ...at }));
}
