import type { ReactElement, ReactNode } from 'react';
import './looking.css';
import './state-mark.css';

/** Says what is being read or asked, beside a spinner; a short wait shows nothing. */
export function Looking({ children }: { children: ReactNode }): ReactElement {
  return (
    <p className="looking" role="status">
      <span className="spinner" aria-hidden="true" />
      <span>{children}</span>
    </p>
  );
}
