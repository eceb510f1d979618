import type { ReactElement } from 'react';
import type { Vm } from '../../electron/contract/machine.ts';
import { Icon } from '../components/icon.tsx';
import { useApp, useLibrary } from '../state/app.tsx';
import { diskText } from '../../electron/contract/words/sizes.ts';
import { machineCountText } from '../words/machine-count.ts';
import { progressText } from '../../electron/contract/words/jobs.ts';

/** Below this share of a disk, or these bytes, room is worth a warning. */
const scarceShare = 0.05;
const scarceBytes = 10 * 1000 ** 3;

/** Totals of what is shown, the room that is left, and what is at work. */
export function StatusBar({ shown }: { shown: readonly Vm[] }): ReactElement {
  const { view } = useApp();
  const host = useLibrary((state) => state.host);
  const jobs = useLibrary((state) => state.jobs.filter((one) => one.state === 'running'));
  const [job] = jobs;
  const total = shown.reduce((sum, { allocatedBytes }) => sum + allocatedBytes, 0);
  const home = host?.home;
  const isScarce = home !== undefined && home.freeBytes < Math.min(scarceBytes, home.totalBytes * scarceShare);
  return (
    <footer className="status-bar" data-region="status" tabIndex={-1}>
      <span>{machineCountText(shown.length)}</span>
      {shown.length === 0 ? null : <span>{diskText(total)} on disk</span>}
      {home === undefined ? null : (
        <span className={isScarce ? 'status-part failed' : 'status-part'} title={home.path}>
          {isScarce ? <Icon name="warning" size={12} /> : null}
          {diskText(home.freeBytes)} free
        </span>
      )}
      <span className="grow" />
      {job === undefined ? null : (
        <button type="button" className="status-part" onClick={() => view.setState({ overlay: { kind: 'jobs' } })}>
          <span className="spinner busy" aria-hidden="true" />
          {jobs.length === 1 ? `${job.title}, ${progressText(job)}` : `${jobs.length} jobs`}
        </button>
      )}
    </footer>
  );
}
