import { type KeyboardEvent as ReactKeyboardEvent, type ReactElement, type Ref, useState } from 'react';
import { Icon } from '../../components/icon.tsx';

/** What a search has found. */
export interface Found {
  /** From 0; -1 while there is none. */
  readonly index: number;
  readonly count: number;
}

/** Finds text as it is typed; Return goes to the next, Shift+Return to the one before, Escape leaves. */
export function FindField({
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
