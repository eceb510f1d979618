import type { Rectangle } from 'electron';

/** A width and height in points. */
export interface Size {
  width: number;
  height: number;
}

/** The height of the toolbar, by which a window is grabbed and moved. */
export const toolbarHeight = 52;

/** How much of the toolbar must be on a screen for a hand to find it. */
const grabWidth = 120;
const grabHeight = 28;

/**
 * Where a window goes: exactly where it was, if it can still be grabbed there; else moved, and if need be shrunk, into the
 * display that it is nearest to; without a place of its own, in the middle of the first display.
 * @param saved the bounds that it had, if any
 * @param workAreas of the displays there are, the main one first; at least one
 */
export function placeWindow(
  saved: Rectangle | undefined,
  wanted: Size,
  min: Size,
  workAreas: readonly Rectangle[],
): Rectangle {
  const [main] = workAreas;
  if (main === undefined) throw new Error('A window needs a display to stand on.');
  if (saved === undefined) return centred(fit(wanted, min, main), main);
  const area = nearest(saved, workAreas);
  const size = fit(saved, min, area);
  const stays = workAreas.some((candidate) => canBeGrabbed({ ...saved, ...size }, candidate));
  if (stays) return { x: saved.x, y: saved.y, ...size };
  return {
    x: clamp(saved.x, area.x, area.x + area.width - size.width),
    y: clamp(saved.y, area.y, area.y + area.height - size.height),
    ...size,
  };
}

/** Whether enough of the window's toolbar lies in the area to move it by. */
export function canBeGrabbed(window: Rectangle, area: Rectangle): boolean {
  const toolbar = { ...window, height: toolbarHeight };
  const shared = overlap(toolbar, area);
  // Above the area's edge would be under the menu bar, where no click arrives.
  return window.y >= area.y && shared.width >= Math.min(grabWidth, window.width) && shared.height >= grabHeight;
}

/** Between the least size and that of the area; a display smaller than the least size wins. */
function fit(size: Size, min: Size, area: Size): Size {
  return {
    width: Math.min(Math.max(size.width, min.width), area.width),
    height: Math.min(Math.max(size.height, min.height), area.height),
  };
}

function centred(size: Size, area: Rectangle): Rectangle {
  return {
    x: area.x + Math.floor((area.width - size.width) / 2),
    y: area.y + Math.floor((area.height - size.height) / 2),
    ...size,
  };
}

/** The area that shares most with the window, else the one whose middle is closest. */
function nearest(window: Rectangle, areas: readonly Rectangle[]): Rectangle {
  const score = (area: Rectangle): number => {
    const shared = overlap(window, area);
    if (shared.width > 0 && shared.height > 0) return shared.width * shared.height;
    const dx = window.x + window.width / 2 - (area.x + area.width / 2);
    const dy = window.y + window.height / 2 - (area.y + area.height / 2);
    return -Math.hypot(dx, dy);
  };
  return areas.reduce((best, area) => (score(area) > score(best) ? area : best));
}

function overlap(a: Rectangle, b: Rectangle): Size {
  return {
    width: Math.max(0, Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)),
    height: Math.max(0, Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)),
  };
}

function clamp(value: number, from: number, to: number): number {
  return Math.min(Math.max(value, from), Math.max(from, to));
}
