import { type ReactElement, useEffect, useId, useRef, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { keystrokesOf } from './keystrokes.ts';
import type { ScreenSession } from './screen-session.ts';

/** Between two characters, in milliseconds: a guest's keyboard holds few keys, and what does not fit is lost. */
const strokePauseMs = 20;

/** Types a text into the guest as keys, for guests without a shared clipboard: a login, an installer. */
export function TypeTextSheet({ screen, onClose }: { screen: ScreenSession; onClose: () => void }): ReactElement {
  const [text, setText] = useState('');
  const [typed, setTyped] = useState<number>();
  const fieldId = useId();
  const noteId = useId();
  const typing = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => typing.current?.abort(), []);

  const { characters, skipped } = keystrokesOf(text);
  const type = async (): Promise<void> => {
    const ended = new AbortController();
    typing.current = ended;
    for (const [index, strokes] of characters.entries()) {
      screen.send(strokes);
      setTyped(index + 1);
      await new Promise((resolve) => setTimeout(resolve, strokePauseMs));
      if (ended.signal.aborted) return;
    }
    onClose();
    screen.focus();
  };
  const paste = async (): Promise<void> => {
    try {
      setText(await navigator.clipboard.readText());
    } catch {
      // The browser was told not to let pages read the clipboard; the keyboard's own paste still works.
      document.getElementById(fieldId)?.focus();
    }
  };
  const isTyping = typed !== undefined;
  return (
    <Sheet
      title="Type Text"
      subtitle="Each character is pressed as a key of a US keyboard, as the guest has it set up at first."
      onClose={onClose}
      footer={
        <>
          <span role="status">{isTyping ? `${typed} of ${characters.length}` : ''}</span>
          <span className="grow" />
          <Button onClick={onClose}>{isTyping ? 'Stop' : 'Cancel'}</Button>
          <Button look="filled" disabled={characters.length === 0 || isTyping} onClick={() => void type()}>
            Type
          </Button>
        </>
      }
    >
      <label htmlFor={fieldId}>Text</label>
      <textarea
        id={fieldId}
        className="text-area"
        rows={6}
        spellCheck={false}
        value={text}
        readOnly={isTyping}
        aria-describedby={noteId}
        onChange={({ target }) => setText(target.value)}
      />
      <p id={noteId} className="caption" role="status">
        {noteOf(skipped)}
      </p>
      <div>
        <Button size="small" icon="clipboard" disabled={isTyping} onClick={() => void paste()}>
          Paste from Clipboard
        </Button>
      </div>
    </Sheet>
  );
}

function noteOf(skipped: readonly string[]): string {
  if (skipped.length === 0) return 'A line end presses Enter.';
  return `Left out, as no key gives them: ${skipped.join(' ')}`;
}
