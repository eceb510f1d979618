import type { ReactElement } from 'react';
import type { CheckResult } from '../../../electron/contract/doctor.ts';

/** Filled silhouettes on a grid of 16; the hole in each is its sign. */
const shapes: Record<CheckResult['state'], string> = {
  failed:
    'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1ZM5.6 4.5 4.5 5.6 6.9 8l-2.4 2.4 1.1 1.1L8 9.1l2.4 2.4 1.1-1.1L9.1 8l2.4-2.4-1.1-1.1L8 6.9Z',
  attention:
    'M8 1.2c.4 0 .8.2 1 .6l6 11c.4.7-.1 1.7-1 1.7H2c-.9 0-1.4-1-1-1.7l6-11c.2-.4.6-.6 1-.6ZM7.2 5.5v4h1.6v-4ZM7.2 10.9v1.6h1.6v-1.6Z',
  passed: 'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1ZM11 5 7.1 9 5 6.9 3.9 8l3.2 3.2L12.1 6.1Z',
  skipped: 'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1ZM4.5 7.2v1.6h7V7.2Z',
};

const words: Record<CheckResult['state'], string> = {
  failed: 'Failed',
  attention: 'Needs attention',
  passed: 'Passed',
  skipped: 'Not looked at',
};

/** How a check ended, as a shape that differs in one ink; the word for who does not see it. */
export function CheckMark({ state, spoken = false }: { state: CheckResult['state']; spoken?: boolean }): ReactElement {
  return (
    <span className="check-mark" data-state={state}>
      <svg viewBox="0 0 16 16" width={16} height={16} aria-hidden="true">
        <path d={shapes[state]} fill="currentColor" fillRule="evenodd" />
      </svg>
      {spoken ? <span className="visually-hidden">{words[state]}: </span> : null}
    </span>
  );
}
