import type { ReactElement, ReactNode } from 'react';
import type { CommandId } from '../../../electron/contract/commands/commands.ts';
import { Button } from '../../components/button.tsx';
import { Problem } from '../../components/problem.tsx';
import { Panel, Waiting } from './overlay-panel.tsx';
import type { ScreenView } from './screen-view.ts';

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
    case 'suspended':
    case 'paused':
    case 'failed':
      return <NotRunning view={view} isBusy={isBusy} run={run} />;
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
            Process {view.pid} has it, so its screen is there. Tatin can ask it to suspend or to stop, and no more.
          </p>
        </Panel>
      );
    case 'unreadable':
      return <Ended text={view.reason} title="This machine can’t be read" run={run} />;
    case 'gone':
      return <Ended title={view.error.message} text={view.error.hint ?? ''} run={run} />;
  }
}

/** Why it does not run, and the button that makes it. */
function NotRunning({
  view,
  isBusy,
  run,
}: {
  view: Extract<ScreenView, { kind: 'stopped' | 'suspended' | 'paused' | 'failed' }>;
  isBusy: boolean;
  run: (command: CommandId) => void;
}): ReactElement {
  const start = (title: string): ReactNode => (
    <Button look="filled" icon="play" disabled={isBusy} onClick={() => run('machine.start')}>
      {title}
    </Button>
  );
  switch (view.kind) {
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
  }
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
