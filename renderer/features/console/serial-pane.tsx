import { type ReactElement, type ReactNode, type Ref, useImperativeHandle, useRef, useState } from 'react';
import { IconButton } from '../../components/button.tsx';
import { FindField } from './find-field.tsx';
import type { SerialSession, SerialSnapshot } from './serial-session.ts';
import { useSerialTerminal } from './use-serial-terminal.ts';

/** What others may ask of the pane. */
export interface SerialPaneHandle {
  find(): void;
}

/** The serial console: what the port said since the machine started, and a place to type into it. */
export function SerialPane({
  session,
  port,
  isOurs,
  height,
  onClose,
  handle,
  children,
}: {
  session: SerialSession;
  port: SerialSnapshot;
  /** Whether there is a port to open. */
  isOurs: boolean;
  /** In pixels; absent where it fills the space. */
  height: number | undefined;
  onClose: () => void;
  handle: Ref<SerialPaneHandle>;
  /** What stands on its upper edge: the line that it is resized by. */
  children: ReactNode;
}): ReactElement {
  const { place, terminal, found } = useSerialTerminal(session, isOurs);
  const findField = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState('');
  useImperativeHandle(handle, () => ({ find: () => findField.current?.select() }));

  const copyAll = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(terminal.current?.text() ?? '');
      setSaid('Copied');
    } catch {
      setSaid('The browser did not allow copying');
    }
  };
  return (
    <section
      className="serial"
      id="serial"
      data-region
      aria-label="Serial console"
      style={height === undefined ? {} : { height }}
    >
      {children}
      <header>
        <h2>Serial</h2>
        <span className="caption cut">{captionOf(port, isOurs)}</span>
        <span className="grow" />
        <span className="caption" role="status">
          {said}
        </span>
        <FindField
          field={findField}
          found={found}
          onFind={(text, direction) => {
            if (text === '') terminal.current?.clearFind();
            else terminal.current?.find(text, direction);
          }}
          onLeave={() => terminal.current?.focus()}
        />
        <IconButton icon="copy" label="Copy All" onClick={() => void copyAll()} />
        <IconButton
          icon="trash"
          label="Clear View"
          onClick={() => {
            terminal.current?.clear();
            setSaid('Cleared');
          }}
        />
        <IconButton icon="close" label="Close Serial" onClick={onClose} />
      </header>
      <div className="serial-terminal" ref={place} />
    </section>
  );
}

function captionOf({ status, lines }: SerialSnapshot, isOurs: boolean): string {
  const count = `${lines} ${lines === 1 ? 'line' : 'lines'}`;
  if (!isOurs) return lines === 0 ? 'not running' : `last run, ${count}`;
  return status.kind === 'open' ? `since start, ${count}` : 'connecting';
}
