import { type ReactElement, useEffect, useState } from 'react';
import { isOpen, type Job } from '../../../electron/contract/job.ts';
import type { VmId } from '../../../electron/contract/machine.ts';
import { Note } from '../../components/note.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { jobStatus } from '../../../electron/contract/words/jobs.ts';
import './new-macos.css';

/** How often the log is read while somebody looks, in milliseconds. */
const readAgainMs = 2000;

/** The installation of a machine, as its job says it; a second try is a job of its own. */
export function useInstallJob(vmId: VmId | undefined): Job | undefined {
  return useLibrary(({ jobs }) => ({
    job: jobs
      .filter((job) => job.vmId === vmId && vmId !== undefined && (job.kind === 'install' || job.kind === 'start'))
      .toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1))[0],
  })).job;
}

/** How an installation goes: how far, what it does, and what was written down. */
export function MacProgress({ vmId, name, job }: { vmId: VmId; name: string; job: Job | undefined }): ReactElement {
  if (job === undefined)
    return <Note>Nothing installs “{name}” now. What was fetched is kept; it can be made again.</Note>;
  return (
    <>
      {!isOpen(job) ? null : (
        <div className="installing">
          <b>{job.title}</b>
          <progress
            aria-label={job.title}
            data-still={job.state === 'paused' || undefined}
            {...(job.fraction === undefined ? {} : { value: job.fraction })}
          />
          <span className="secondary" role="status">
            {jobStatus(job)}
          </span>
        </div>
      )}
      {job.state === 'succeeded' ? (
        <Note look="good">
          <b>“{name}” is installed.</b> Its image is kept for the next machine.
        </Note>
      ) : null}
      {job.state === 'cancelled' ? <Note>Cancelled. Nothing of the machine was kept.</Note> : null}
      {job.state !== 'failed' ? null : (
        <Note look="failed">
          <b>It was not installed.</b> {job.error.message} {job.error.hint}
        </Note>
      )}
      <InstallLog vmId={vmId} isOver={!isOpen(job)} isOpen={job.state === 'failed'} />
    </>
  );
}

function InstallLog({ vmId, isOver, isOpen }: { vmId: VmId; isOver: boolean; isOpen: boolean }): ReactElement | null {
  const { client } = useApp();
  const [log, setLog] = useState<{ path: string; text: string }>();
  useEffect(() => {
    const controller = new AbortController();
    const read = (): void => {
      // Before the first line there is none.
      client.call('macos.log', { id: vmId }, { signal: controller.signal }).then(setLog, () => undefined);
    };
    read();
    const timer = isOver ? undefined : setInterval(() => !document.hidden && read(), readAgainMs);
    return () => {
      clearInterval(timer);
      controller.abort();
    };
  }, [client, vmId, isOver]);
  if (log === undefined) return null;
  return (
    <details className="install-log" open={isOpen || undefined}>
      <summary>Log</summary>
      <pre tabIndex={0} aria-label="Log of the installation">
        {log.text}
      </pre>
      <p className="caption cut mono" title={log.path}>
        {log.path}
      </p>
    </details>
  );
}
