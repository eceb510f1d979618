import type { ReactElement } from 'react';
import type { CheckResult } from '../../../electron/contract/doctor.ts';
import { CheckMark } from './check-mark.tsx';
import { FixButton } from './fix-button.tsx';

/** What is wrong: the reason in full, what was looked at, and a button for each cure. */
export function CheckGroup({ title, checks }: { title: string; checks: readonly CheckResult[] }): ReactElement | null {
  if (checks.length === 0) return null;
  return (
    <section className="group" aria-label={title}>
      <header>
        <h2>{title}</h2>
      </header>
      <ul>
        {checks.map((check) => (
          <CheckRow key={check.id} check={check} />
        ))}
      </ul>
    </section>
  );
}

function CheckRow({ check }: { check: CheckResult }): ReactElement {
  const { id, title, state, summary, lookedAt, details, fixes } = check;
  return (
    <li className="check-row">
      <CheckMark state={state} spoken />
      <div className="check-text">
        <h3>{title}</h3>
        <p>{summary}</p>
        <p className="secondary">{lookedAt}</p>
        {details === undefined ? null : (
          <details>
            <summary>Details</summary>
            <pre tabIndex={0} aria-label={`Details of ${title}`}>
              {details}
            </pre>
          </details>
        )}
      </div>
      <div className="check-fixes">
        {fixes.map((fix) => (
          <FixButton key={fix.id} checkId={id} fix={fix} />
        ))}
      </div>
    </li>
  );
}

/** What is well takes one line each, in two columns where there is room. */
export function PassedGroup({ title, checks }: { title: string; checks: readonly CheckResult[] }): ReactElement | null {
  if (checks.length === 0) return null;
  return (
    <section className="group" aria-label={title}>
      <header>
        <h2>{title}</h2>
      </header>
      <ul className="check-lines">
        {checks.map(({ id, title: name, state, summary, lookedAt }) => (
          <li key={id} title={`${summary} ${lookedAt}`}>
            <CheckMark state={state} spoken />
            <span className="check-name">{name}</span>
            <span className="secondary check-summary">{summary}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
