import { type ReactElement, useState } from 'react';
import type { BrowserSession } from '../../../electron/contract/browser-sessions.ts';
import type { SessionsShell } from '../../../electron/contract/shell.ts';
import { useAnswer } from '../../client/use-answer.ts';
import { attempt } from '../../commands/attempt.ts';
import { runCommand } from '../../commands/library-commands.ts';
import { Button } from '../../components/button.tsx';
import { Problem } from '../../components/problem.tsx';
import { useApp } from '../../state/app.tsx';
import { agoText } from '../../../electron/contract/words/times.ts';
import { exactText } from '../../words/times.ts';

/** Which browsers are logged in, and how to end that; in a browser only. */
export function BrowsersCard(): ReactElement | null {
  const { shell } = useApp();
  return shell.sessions === undefined ? null : <Browsers sessions={shell.sessions} />;
}

function Browsers({ sessions }: { sessions: SessionsShell }): ReactElement {
  const app = useApp();
  const [round, setRound] = useState(0);
  const { value: browsers, error } = useAnswer(`${round}`, (signal) => sessions.list(signal));
  const logOut = (session: BrowserSession): void =>
    void attempt(app, `${session.browser} was not logged out`, async () => {
      await sessions.logOut(session.isThis ? 'this' : session.id);
      setRound((number) => number + 1);
    });
  return (
    <section className="group" aria-label="Browsers">
      <header>
        <h2 className="grow">Browsers that are logged in</h2>
        <Button size="small" onClick={() => runCommand(app, 'app.logOutAll')}>
          Log Out All…
        </Button>
      </header>
      {error === undefined ? null : <Problem title="The browsers could not be read" error={error} />}
      <ul className="homes" aria-busy={browsers === undefined}>
        {(browsers ?? []).map((session) => (
          <BrowserRow key={session.id} session={session} onLogOut={() => logOut(session)} />
        ))}
      </ul>
      <p className="group-foot caption">
        A browser is logged out when nobody has used it for 12 hours, and 30 days after it logged in.
      </p>
    </section>
  );
}

function BrowserRow({ session, onLogOut }: { session: BrowserSession; onLogOut: () => void }): ReactElement {
  const { browser, address, madeAt, usedAt, isThis } = session;
  return (
    <li className="home">
      <div className="grow">
        <b>{browser}</b> {isThis ? <span className="home-mark">this browser</span> : null}
        <p className="caption">
          From {address}; logged in <time title={exactText(madeAt)}>{agoText(madeAt)}</time>, used{' '}
          <time title={exactText(usedAt)}>{agoText(usedAt)}</time>.
        </p>
      </div>
      <Button size="small" aria-label={`Log out ${browser} from ${address}`} onClick={onLogOut}>
        Log Out
      </Button>
    </li>
  );
}
