import {
  type KeyboardEvent as ReactKeyboardEvent,
  type ReactElement,
  type ReactNode,
  type Ref,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from 'react';
import { IconButton } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import type { SerialSession, SerialSnapshot } from './serial-session.ts';
import { isKeyOf } from './use-console-keys.ts';
import { openSerialTerminal, type SerialTerminal } from './serial-terminal.ts';

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
  const place = useRef<HTMLDivElement>(null);
  const terminal = useRef<SerialTerminal | undefined>(undefined);
  const findField = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState('');
  const [found, setFound] = useState<Found>();
  useImperativeHandle(handle, () => ({ find: () => findField.current?.select() }));

  useEffect(() => {
    if (place.current === null) return undefined;
    const opened = openSerialTerminal(place.current, isKeyOfPage);
    terminal.current = opened;
    opened.onType((text) => session.type(text));
    opened.onFound(setFound);
    const close = session.open(opened);
    return () => {
      close();
      opened[Symbol.dispose]();
      terminal.current = undefined;
    };
  }, [session]);
  useEffect(() => {
    session.want(isOurs);
  }, [session, isOurs]);

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

/** Keys that leave the terminal; without them a keyboard could get in and never out. */
function isKeyOfPage(event: KeyboardEvent): boolean {
  return event.key === 'F6' || isKeyOf('edit.find', event) || isKeyOf('view.fullScreen', event);
}

function captionOf({ status, lines }: SerialSnapshot, isOurs: boolean): string {
  const count = `${lines} ${lines === 1 ? 'line' : 'lines'}`;
  if (!isOurs) return lines === 0 ? 'not running' : `last run, ${count}`;
  return status.kind === 'open' ? `since start, ${count}` : 'connecting';
}

interface Found {
  /** From 0; -1 while there is none. */
  readonly index: number;
  readonly count: number;
}

function FindField({
  field,
  found,
  onFind,
  onLeave,
}: {
  field: Ref<HTMLInputElement>;
  found: Found | undefined;
  /** An empty text ends the search. */
  onFind: (text: string, direction: 'next' | 'previous') => void;
  onLeave: () => void;
}): ReactElement {
  const [text, setText] = useState('');
  const find = (wanted: string, direction: 'next' | 'previous'): void => {
    setText(wanted);
    onFind(wanted, direction);
  };
  const onKeyDown = (event: ReactKeyboardEvent): void => {
    if (event.key === 'Enter') find(text, event.shiftKey ? 'previous' : 'next');
    else if (event.key === 'Escape') {
      find('', 'next');
      onLeave();
    } else return;
    event.preventDefault();
  };
  return (
    <label className="find-field">
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        aria-label="Find in serial console"
        placeholder="Find"
        value={text}
        onChange={({ target }) => find(target.value, 'next')}
        onKeyDown={onKeyDown}
      />
      <span className="caption" role="status">
        {text === '' || found === undefined ? '' : found.count === 0 ? 'none' : `${found.index + 1} of ${found.count}`}
      </span>
    </label>
  );
}
