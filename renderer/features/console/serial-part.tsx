import type { ReactElement, Ref } from 'react';
import type { Remembered } from './console-memory.ts';
import { SerialPane, type SerialPaneHandle } from './serial-pane.tsx';
import { Splitter } from './splitter.tsx';
import type { Console } from './use-console.ts';

/** The least height of screen and serial console, in pixels. */
const minHeight = 96;

/** The serial console below the screen with the line to drag between them, or in its place. */
export function SerialPart({
  console,
  left,
  fills,
  onLeft,
  handle,
}: {
  console: Console;
  left: Remembered;
  /** There is no screen, so the serial console takes its space. */
  fills: boolean;
  onLeft: (left: Remembered) => void;
  handle: Ref<SerialPaneHandle>;
}): ReactElement {
  const max = Math.max(minHeight, window.innerHeight - 2 * minHeight);
  const height = Math.min(left.serialHeight, max);
  return (
    <SerialPane
      session={console.serial}
      port={console.port}
      isOurs={console.isOurs}
      height={fills ? undefined : height}
      onClose={() => onLeft({ ...left, serial: false })}
      handle={handle}
    >
      {fills ? null : (
        <Splitter
          label="Height of the serial console"
          controls="serial"
          size={height}
          min={minHeight}
          max={max}
          onResize={(serialHeight) => onLeft({ ...left, serialHeight })}
        />
      )}
    </SerialPane>
  );
}
