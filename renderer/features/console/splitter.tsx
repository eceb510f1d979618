import { type KeyboardEvent, type PointerEvent, type ReactElement, useRef } from 'react';

/** How far one press of an arrow key moves it, in pixels; Shift moves it four times as far. */
const keyStep = 16;

/** The line between two parts of a column. `size` is the height of the part below, in pixels; drag it or use the arrow keys. */
export function Splitter({
  label,
  size,
  min,
  max,
  onResize,
  controls,
}: {
  label: string;
  size: number;
  min: number;
  max: number;
  onResize: (size: number) => void;
  /** The id of the part below. */
  controls: string;
}): ReactElement {
  const drag = useRef<{ y: number; size: number } | undefined>(undefined);
  const resize = (requested: number): void => onResize(Math.round(Math.min(max, Math.max(min, requested))));
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.shiftKey ? keyStep * 4 : keyStep;
    const requested = { ArrowUp: size + step, ArrowDown: size - step, Home: max, End: min }[event.key];
    if (requested === undefined) return;
    event.preventDefault();
    resize(requested);
  };
  const onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { y: event.clientY, size };
  };
  const onPointerMove = (event: PointerEvent): void => {
    if (drag.current !== undefined) resize(drag.current.size + drag.current.y - event.clientY);
  };
  const onPointerEnd = (): void => {
    drag.current = undefined;
  };
  return (
    <div
      className="splitter"
      role="separator"
      tabIndex={0}
      aria-orientation="horizontal"
      aria-label={label}
      aria-valuenow={size}
      aria-valuemin={min}
      aria-valuemax={max}
      aria-controls={controls}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerEnd}
      onPointerCancel={onPointerEnd}
    />
  );
}
