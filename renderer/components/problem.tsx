import type { ReactElement } from 'react';
import type { ErrorInfo } from '../../electron/contract/errors.ts';
import { Button } from './button.tsx';
import './problem.css';

/** An error in the user's words: what and why, what to do next, and the raw side folded away. */
export function Problem({ error, title }: { error: ErrorInfo; title?: string }): ReactElement {
  const raw = `${error.code}\n${error.message}${error.details === undefined ? '' : `\n\n${error.details}`}`;
  return (
    <div className="problem">
      {title === undefined ? null : <h2>{title}</h2>}
      <p className="problem-message">{error.message}</p>
      {error.hint === undefined ? null : <p className="problem-hint">{error.hint}</p>}
      <details>
        <summary>Details</summary>
        <pre tabIndex={0} aria-label="Details">
          {raw}
        </pre>
        <Button size="small" icon="copy" onClick={() => void navigator.clipboard.writeText(raw).catch(() => undefined)}>
          Copy
        </Button>
      </details>
    </div>
  );
}
