import type { ReactElement } from 'react';
import type { ErrorInfo } from '../../../electron/contract/errors.ts';
import { isOpen, type Job } from '../../../electron/contract/job.ts';
import { Icon } from '../../components/icon.tsx';
import { agoText } from '../../../electron/contract/words/times.ts';
import { exactText } from '../../words/times.ts';
import { jobIcon } from './job-icon.ts';
import { JobActions } from './job-actions.tsx';
import { jobStatus, percentText } from '../../../electron/contract/words/jobs.ts';
import { LayerPicture } from './layer-picture.tsx';

/** A job in the list: what it is, how far it is or how it ended, and what can be done about it. */
export function JobRow({ job, onClose }: { job: Job; onClose: () => void }): ReactElement {
  return (
    <li className="job" data-state={job.state}>
      <div className="job-line">
        <Icon name={jobIcon(job)} className="job-icon" />
        <b className="cut grow" title={job.title}>
          {job.title}
        </b>
        <span className="caption" title={exactText(job.createdAt)}>
          {job.elsewhere === true ? 'Started elsewhere ' : ''}
          {agoText(isOpen(job) ? job.createdAt : job.endedAt)}
        </span>
      </div>
      <JobBar job={job} />
      <div className="job-line">
        <span className="job-status grow" role={job.state === 'failed' ? 'alert' : undefined}>
          {job.state === 'running' && job.fraction !== undefined ? <b>{percentText(job.fraction)}</b> : null}
          {jobStatus(job)}
        </span>
        <JobActions job={job} onClose={onClose} />
      </div>
      {!isOpen(job) || job.layers === undefined || job.layers.states === '' ? null : (
        <LayerPicture layers={job.layers} isHeld={job.state === 'paused'} isPush={job.kind === 'push'} />
      )}
      {job.state === 'failed' ? <Failure title={job.title} error={job.error} /> : null}
    </li>
  );
}

/** How far it is. A paused job whose end is not known has no bar: one that moves would say that it runs. */
function JobBar({ job }: { job: Job }): ReactElement | null {
  if (!isOpen(job) || (job.state === 'paused' && job.fraction === undefined)) return null;
  return (
    <progress
      aria-label={job.title}
      data-still={job.state === 'paused' || undefined}
      {...(job.fraction === undefined ? {} : { value: job.fraction })}
    />
  );
}

/** What helps against a failure; the message itself is the status. */
function Failure({ title, error: { hint, details } }: { title: string; error: ErrorInfo }): ReactElement {
  return (
    <>
      {hint === undefined ? null : <p className="caption">{hint}</p>}
      {details === undefined ? null : (
        <details>
          <summary>Details</summary>
          <pre className="job-details" tabIndex={0} aria-label={`Details of ${title}`}>
            {details}
          </pre>
        </details>
      )}
    </>
  );
}
