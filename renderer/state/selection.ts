/** What is chosen of a list of machines or images, by id. */
export interface Selected {
  readonly selection: ReadonlySet<string>;
  /** Where a range of the selection begins, and where the arrow keys go on from. */
  readonly anchor: string | undefined;
  readonly focus: string | undefined;
}

/** Nothing is chosen. */
export const noSelection: Selected = { selection: new Set(), anchor: undefined, focus: undefined };

/** How a click or key changes the selection: alone, added (⌘), or as a range from the anchor (⇧). */
export type SelectHow = 'only' | 'toggle' | 'range';

/** The selection after `id` was chosen, given the order of what is shown. */
export function select(shown: readonly string[], now: Selected, id: string, how: SelectHow): Selected {
  if (how === 'toggle') {
    const selection = new Set(now.selection);
    if (!selection.delete(id)) selection.add(id);
    return { selection, anchor: id, focus: id };
  }
  const from = now.anchor === undefined ? -1 : shown.indexOf(now.anchor);
  const to = shown.indexOf(id);
  if (how === 'only' || from === -1 || to === -1) return { selection: new Set([id]), anchor: id, focus: id };
  return { selection: new Set(shown.slice(Math.min(from, to), Math.max(from, to) + 1)), anchor: now.anchor, focus: id };
}

/** Where an arrow key leads in a grid of `columns`; a list has one column. Stays inside. */
export function moved(
  shown: readonly string[],
  focus: string | undefined,
  key: string,
  columns: number,
): string | undefined {
  if (shown.length === 0) return undefined;
  const at = focus === undefined ? -1 : shown.indexOf(focus);
  if (key === 'Home' || (at === -1 && key !== 'End')) return shown[0];
  if (key === 'End') return shown.at(-1);
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key] ?? 0;
  const to = at + by;
  return to < 0 || to >= shown.length ? shown[at] : shown[to];
}
