import type { ReactElement } from 'react';
import type { Health } from '../../electron/contract/supervision.ts';
import { healthWords } from '../words/supervision-words.ts';
import './health-mark.css';

/** How a machine's checks stand: a dot told apart by its shape, and the word; `brief` leaves the word to the reader. */
export function HealthMark({ health, brief = false }: { health: Health; brief?: boolean }): ReactElement {
  const word = healthWords[health.state];
  return (
    <span className="health-mark" data-health={health.state} title={title(health)}>
      <span className="health-dot" aria-hidden="true" />
      <span className={brief ? 'visually-hidden' : undefined}>{word}</span>
    </span>
  );
}

function title({ state, reason }: Health): string {
  return reason === undefined ? healthWords[state] : `${healthWords[state]}: ${reason}`;
}
