import type { ReactElement } from 'react';
import { isOpen, type Job, type OpenJob } from '../../../electron/contract/job.ts';
import type { VmId } from '../../../electron/contract/machine.ts';
import { attempt } from '../../commands/attempt.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { useApp } from '../../state/app.tsx';
import { ExportedFile } from '../import/exported-file.tsx';

/** What can be done with a job as it is now. */
export function JobActions({ job, onClose }: { job: Job; onClose: () => void }): ReactElement {
  if (isOpen(job)) return <OpenJobActions job={job} />;
  if (job.state !== 'succeeded') return job.canRetry ? <Retry jobId={job.id} /> : <></>;
  return (
    <>
      <ExportedFile job={job} />
      {job.vmId === undefined ? null : <ShowMachine vmId={job.vmId} onShown={onClose} />}
    </>
  );
}

function OpenJobActions({ job }: { job: OpenJob }): ReactElement {
  const { client, view } = useApp();
  const ask = useAsk();
  const { id: jobId, title } = job;
  return (
    <>
      {job.state === 'paused' ? (
        <Button size="small" onClick={ask('The job was not resumed', () => client.call('jobs.resume', { jobId }))}>
          Resume
        </Button>
      ) : null}
      {job.state === 'running' && job.canPause ? (
        <IconButton
          size="small"
          icon="pause"
          label={`Pause ${title}`}
          onClick={ask('The job was not paused', () => client.call('jobs.pause', { jobId }))}
        />
      ) : null}
      <Button size="small" onClick={ask('The job was not cancelled', () => client.call('jobs.cancel', { jobId }))}>
        Cancel
      </Button>
      {job.kind === 'install' ? (
        <Button
          size="small"
          aria-label={`Show ${title}`}
          onClick={() => view.setState({ overlay: { kind: 'new-vm', from: 'macos' } })}
        >
          Show
        </Button>
      ) : null}
    </>
  );
}

function Retry({ jobId }: { jobId: string }): ReactElement {
  const { client } = useApp();
  const ask = useAsk();
  return (
    <Button size="small" onClick={ask('The job was not tried again', () => client.call('jobs.retry', { jobId }))}>
      Retry
    </Button>
  );
}

function ShowMachine({ vmId, onShown }: { vmId: VmId; onShown: () => void }): ReactElement {
  const { view } = useApp();
  const show = (): void => {
    const selection = new Set([vmId]);
    view.setState({ page: 'machines', filter: { by: 'all' }, query: '', selection, anchor: vmId, focus: vmId });
    onShown();
  };
  return (
    <Button size="small" onClick={show}>
      Show
    </Button>
  );
}

/** Makes what a click does of a request whose failure becomes a toast with that title. */
function useAsk(): (failureTitle: string, request: () => Promise<unknown>) => () => void {
  const app = useApp();
  return (failureTitle, request) => () => void attempt(app, failureTitle, request);
}
