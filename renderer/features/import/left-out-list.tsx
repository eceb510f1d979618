import { Fragment, type ReactElement } from 'react';
import type { LeftOut } from '../../../electron/contract/imports.ts';
import { Note } from '../../components/note.tsx';

/** More rows than this wait behind their number, so that they push nothing that must be decided out of sight. */
const maxOpen = 4;

/** Which settings of the original the machine will not have, and why. */
export function LeftOutList({ name, rows }: { name: string; rows: readonly LeftOut[] }): ReactElement | null {
  if (rows.length === 0) return null;
  const count = rows.length === 1 ? 'One setting does' : `${rows.length} settings do`;
  return (
    <Note>
      <details className="left-out" open={rows.length <= maxOpen}>
        <summary>{count} not carry over</summary>
        <dl aria-label={`Settings of ${name} that do not carry over`}>
          {rows.map(({ setting, reason }, index) => (
            // Two of one name may be there, e.g. a forward that was written twice.
            <Fragment key={index}>
              <dt>{setting}</dt>
              <dd>{reason}</dd>
            </Fragment>
          ))}
        </dl>
      </details>
    </Note>
  );
}
