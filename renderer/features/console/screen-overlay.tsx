import { type ReactElement, type ReactNode, useEffect, useRef, useState } from 'react';
import type { CommandId } from '../../../electron/contract/commands/commands.ts';
import { Button } from '../../components/button.tsx';
import { Problem } from '../../components/problem.tsx';
import { durationText } from '../../../electron/contract/words/durations.ts';
import type { ScreenView } from './screen-view.ts';

/** A wait that takes longer than this says how long it has taken, in milliseconds. */
const patienceMs = 5_000;

/** What stands over the screen while it is not simply live: the state, its reason, and the one next step. */
export function ScreenOverlay({
  view,
  isBusy,
  run,
  onReconnect,
}: {
  view: ScreenView;
  isBusy: boolean;
  run: (command: CommandId) => void;
  onReconnect: () => void;
}): ReactElement | null {
  const start = (title: string): ReactNode => (
    <Button look="filled" icon="play" disabled={isBusy} onClick={() => run('machine.start')}>
      {title}
    </Button>
  );
  switch (view.kind) {
    case 'live':
    case 'noDisplay':
      return null;
    case 'loading':
      return <Waiting word="Loading" since={undefined} />;
    case 'waiting':
      return (
        <Waiting word={view.word} since={view.since}>
          <Button onClick={onReconnect}>Reconnect</Button>
        </Waiting>
      );
    case 'busy':
      return <Waiting word={view.word} since={undefined} />;
    case 'stopped':
      return (
        <Panel>
          <p className="overlay-word">{view.notRunnable ?? 'This machine is stopped.'}</p>
          {view.notRunnable === undefined ? start('Start') : null}
        </Panel>
      );
    case 'suspended':
      return (
        <Panel>
          <p className="overlay-word">Suspended. Resume picks up where it was.</p>
          {start('Resume')}
        </Panel>
      );
    case 'paused':
      return (
        <Panel>
          {view.error === undefined ? <p className="overlay-word">Paused</p> : <Problem error={view.error} />}
          <Button look="filled" icon="play" disabled={isBusy} onClick={() => run('machine.resume')}>
            Resume
          </Button>
        </Panel>
      );
    case 'failed':
      return (
        <Panel isAlert>
          <Problem title="It stopped unexpectedly" error={view.error} />
          {start('Start')}
        </Panel>
      );
    case 'lost':
      return (
        <Panel isAlert>
          <Problem title="The screen is not connected" error={view.error} />
          <Button look="filled" onClick={onReconnect}>
            Reconnect
          </Button>
        </Panel>
      );
    case 'elsewhere':
      return (
        <Panel>
          <p className="overlay-word">Another program runs this machine.</p>
          <p className="overlay-text">
            Process {view.pid} has it, so its screen is there. Tatin can ask it to stop, and no more.
          </p>
        </Panel>
      );
    case 'unreadable':
      return <Ended text={view.reason} title="This machine can’t be read" run={run} />;
    case 'gone':
      return <Ended title={view.error.message} text={view.error.hint ?? ''} run={run} />;
  }
}

function Panel({ children, isAlert = false }: { children: ReactNode; isAlert?: boolean }): ReactElement {
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The button that led here may be gone, and the keyboard would start from the top of the page.
    if (document.activeElement === document.body) panel.current?.querySelector('button')?.focus();
  }, []);
  return (
    <div className="overlay">
      <div className="overlay-panel" ref={panel} role={isAlert ? 'alert' : 'status'}>
        {children}
      </div>
    </div>
  );
}

function Ended({ title, text, run }: { title: string; text: string; run: (command: CommandId) => void }): ReactElement {
  return (
    <Panel>
      <p className="overlay-word">{title}</p>
      <p className="overlay-text">{text}</p>
      <Button onClick={() => run('window.library')}>Open Library</Button>
    </Panel>
  );
}

/** A spinner with its word, not before 200 ms (by CSS); after a while with the time taken and a way out. */
function Waiting({
  word,
  since,
  children,
}: {
  word: string;
  since: string | undefined;
  children?: ReactNode;
}): ReactElement {
  const [begun] = useState(Date.now);
  const takenMs = useNow(1000) - (since === undefined ? begun : Date.parse(since));
  const isLong = takenMs >= patienceMs;
  return (
    <div className="overlay overlay-late">
      <div className="overlay-panel overlay-waiting">
        <span className="spinner" aria-hidden="true" />
        <span role="status">{word}</span>
        {isLong ? <span className="overlay-text">for {durationText(takenMs)}</span> : null}
        {isLong ? children : null}
      </div>
    </div>
  );
}

/** The time now, in milliseconds, anew every `everyMs`. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
