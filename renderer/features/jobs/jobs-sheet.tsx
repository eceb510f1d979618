import type { ReactElement } from 'react';
import type { Job } from '../../../electron/contract/job.ts';
import { attempt } from '../../commands/run.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { agoText, exactText } from '../../words/times.ts';
import { ExportedFile } from '../import/exported-file.tsx';
import { jobIcon } from './job-icon.ts';
import { jobStatus } from './job-words.ts';
import { LayerPicture } from './layer-picture.tsx';
import './jobs.css';

/** All long work, newest first: what runs, what ended, and what can be done about it. */
export function JobsSheet({ onClose }: { onClose: () => void }): ReactElement {
  const app = useApp();
  const jobs = useLibrary((state) => state.jobs);
  const hasEnded = jobs.some(({ endedAt }) => endedAt !== undefined);
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
            Clear Ended
          </Button>
          <Button look="filled" onClick={onClose}>
            Done
          </Button>
        </>
      }
    >
      {jobs.length === 0 ? (
        <p className="secondary">Nothing is at work. What takes longer than a moment appears here.</p>
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

function JobRow({ job, onClose }: { job: Job; onClose: () => void }): ReactElement {
  const app = useApp();
  const { vmId } = job;
  const ask = (title: string, work: () => Promise<unknown>) => (): void => void attempt(app, title, work);
  return (
    <li className="job" data-state={job.state}>
      <div className="job-line">
        <Icon name={jobIcon(job)} className="job-icon" />
        <b className="cut grow" title={job.title}>
          {job.title}
        </b>
        <span className="caption" title={exactText(job.createdAt)}>
          {agoText(job.endedAt ?? job.createdAt)}
        </span>
      </div>
      {job.state === 'running' || job.state === 'waiting' || (job.state === 'paused' && job.fraction !== undefined) ? (
        <progress
          aria-label={job.title}
          data-still={job.state === 'paused' || undefined}
          {...(job.fraction === undefined ? {} : { value: job.fraction })}
        />
      ) : null}
      <div className="job-line">
        <span className="job-status grow" role={job.state === 'failed' ? 'alert' : undefined}>
          {job.state === 'running' && job.fraction !== undefined ? <b>{Math.floor(job.fraction * 100)} %</b> : null}
          {jobStatus(job)}
        </span>
        {job.state === 'paused' ? (
          <Button
            size="small"
            onClick={ask('The job was not resumed', () => app.client.call('jobs.resume', { jobId: job.id }))}
          >
            Resume
          </Button>
        ) : job.canPause ? (
          <IconButton
            size="small"
            icon="pause"
            label={`Pause ${job.title}`}
            onClick={ask('The job goes on', () => app.client.call('jobs.pause', { jobId: job.id }))}
          />
        ) : null}
        {job.canCancel ? (
          <Button
            size="small"
            onClick={ask('The job goes on', () => app.client.call('jobs.cancel', { jobId: job.id }))}
          >
            Cancel
          </Button>
        ) : null}
        {job.canRetry ? (
          <Button
            size="small"
            onClick={ask('The job was not tried again', () => app.client.call('jobs.retry', { jobId: job.id }))}
          >
            Retry
          </Button>
        ) : null}
        {job.kind === 'install' && job.endedAt === undefined ? (
          <Button
            size="small"
            aria-label={`Show ${job.title}`}
            onClick={() => app.view.setState({ overlay: { kind: 'new-vm', from: 'macos' } })}
          >
            Show
          </Button>
        ) : null}
        <ExportedFile job={job} />
        {job.state === 'succeeded' && vmId !== undefined ? (
          <Button
            size="small"
            onClick={() => {
              app.view.setState({
                page: 'machines',
                filter: { by: 'all' },
                query: '',
                selection: new Set([vmId]),
                anchor: vmId,
                focus: vmId,
              });
              onClose();
            }}
          >
            Show
          </Button>
        ) : null}
      </div>
      {job.layers === undefined || job.layers.states === '' ? null : (
        <LayerPicture layers={job.layers} isHeld={job.state === 'paused'} isPush={job.kind === 'push'} />
      )}
      {job.error?.hint === undefined ? null : <p className="caption">{job.error.hint}</p>}
      {job.error?.details === undefined ? null : (
        <details>
          <summary>Details</summary>
          <pre className="job-details" tabIndex={0} aria-label={`Details of ${job.title}`}>
            {job.error.details}
          </pre>
        </details>
      )}
    </li>
  );
}
