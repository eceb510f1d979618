import { type ReactElement, type ReactNode, useEffect, useState } from 'react';
import type { SessionEnd } from '../../../electron/contract/browser-sessions.ts';
import type { Client } from '../../../electron/contract/contract.ts';
import icon from '../../../assets/icon.svg';
import { whenBackIn } from '../../client/session-keeper.ts';
import { Button } from '../../components/button.tsx';
import './session.css';

/** The page, as long as this browser is logged in. After that, nothing of it stays on the screen. */
export function SessionGate({ client, children }: { client: Client; children: ReactNode }): ReactElement {
  const [isOver, setOver] = useState(false);
  useEffect(
    () =>
      client.onConnection((state) => {
        if (state === 'over') setOver(true);
      }),
    [client],
  );
  return isOver ? <SessionOver why={client.whyOver?.()} /> : <>{children}</>;
}

const reasons: Record<SessionEnd, string> = {
  unused: 'Nobody used Tatin in this browser for 12 hours.',
  'too-old': 'It logged in 30 days ago.',
  'logged-out': 'It was logged out, here or from elsewhere.',
  'too-many': 'Many others have logged in since it was last used.',
};

function SessionOver({ why }: { why: SessionEnd | undefined }): ReactElement {
  useEffect(() => {
    document.title = 'Logged out · Tatin';
    return whenBackIn(() => window.location.reload());
  }, []);
  return (
    <main className="session-over">
      <img src={icon} alt="" width={64} height={64} />
      <h1>This browser is logged out</h1>
      <p>
        {why === undefined ? 'Its session has ended, or Tatin was restarted.' : reasons[why]} Your machines keep
        running.
      </p>
      <p className="secondary">
        To come back, press Return in the terminal where Tatin runs, and open the link that it prints. Where Tatin has a
        password, Log In asks for it. This page comes back by itself then.
      </p>
      <Button look="filled" autoFocus onClick={() => window.location.reload()}>
        Log In
      </Button>
    </main>
  );
}
