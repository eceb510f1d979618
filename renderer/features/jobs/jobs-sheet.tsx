import type { ReactElement } from 'react';
import { isOpen } from '../../../electron/contract/job.ts';
import { attempt } from '../../commands/attempt.ts';
import { Button } from '../../components/button.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { JobRow } from './job-row.tsx';
import './jobs.css';

/** All long work, newest first: what runs, what ended, and what can be done about it. */
export function JobsSheet({ onClose }: { onClose: () => void }): ReactElement {
  const app = useApp();
  const jobs = useLibrary((state) => state.jobs);
  const hasEnded = jobs.some((job) => !isOpen(job));
  return (
    <Sheet
      title="Jobs"
      onClose={onClose}
      footer={
        <>
          <Button
            className="button push"
            disabled={!hasEnded}
            onClick={() => void attempt(app, 'The list was not cleared', () => app.client.call('jobs.dismiss', {}))}
          >
            Clear Finished
          </Button>
          <Button look="filled" onClick={onClose}>
            Done
          </Button>
        </>
      }
    >
      {jobs.length === 0 ? (
        <p className="secondary">No jobs. What takes longer than a moment appears here.</p>
      ) : (
        <ul className="jobs" aria-live="polite">
          {jobs.map((job) => (
            <JobRow key={job.id} job={job} onClose={onClose} />
          ))}
        </ul>
      )}
    </Sheet>
  );
}
