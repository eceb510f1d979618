import type { ReactElement } from 'react';
import { isOpen, type Job } from '../../../electron/contract/job.ts';
import type { VmId } from '../../../electron/contract/machine.ts';
import { attempt } from '../../commands/attempt.ts';
import { requestVerb } from '../../commands/request-verb.ts';
import { Button } from '../../components/button.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { isAlive } from '../../../electron/contract/verbs.ts';
import { useApp, useLibrary } from '../../state/app.tsx';
import { MacProgress, useInstallJob } from './mac-progress.tsx';

/** The installation of macOS in a machine, from the download to its start. It goes on when the sheet is closed. */
export function InstallingSheet({
  vmId,
  name,
  onClose,
}: {
  vmId: VmId;
  name: string;
  onClose: () => void;
}): ReactElement {
  const job = useInstallJob(vmId);
  return (
    <Sheet
      title={job?.state === 'succeeded' ? 'Ready' : 'Installing macOS'}
      subtitle={subtitleOf(name, job)}
      onClose={onClose}
      footer={<Footer vmId={vmId} name={name} job={job} onClose={onClose} />}
    >
      <MacProgress vmId={vmId} name={name} job={job} />
    </Sheet>
  );
}

function subtitleOf(name: string, job: Job | undefined): string {
  if (job === undefined || !isOpen(job)) return `The machine “${name}”`;
  if (job.state === 'paused') return 'It waits until it is resumed, here or in Jobs.';
  return 'It goes on when this is closed; Jobs shows it too.';
}

function Footer({
  vmId,
  name,
  job,
  onClose,
}: {
  vmId: VmId;
  name: string;
  job: Job | undefined;
  onClose: () => void;
}): ReactElement {
  const app = useApp();
  const forget = (): void => {
    app.client.call('macos.keepDraft', { draft: null }).catch(() => undefined);
    onClose();
  };
  if (job === undefined || job.state === 'cancelled') return <Done onClick={forget} />;
  if (job.state === 'succeeded') return <Ready vmId={vmId} name={name} onClose={forget} />;
  const { id: jobId } = job;
  const ask = (title: string, work: () => Promise<unknown>) => (): void => void attempt(app, title, work);
  if (job.state === 'failed')
    return (
      <>
        <Button className="button push" onClick={forget}>
          Give Up
        </Button>
        <Button
          look="filled"
          disabled={!job.canRetry}
          onClick={ask('It was not tried again', () => app.client.call('jobs.retry', { jobId }))}
        >
          Try Again
        </Button>
      </>
    );
  return (
    <>
      <Button
        className="button push"
        onClick={ask('It was not cancelled', () => app.client.call('jobs.cancel', { jobId }))}
      >
        Cancel Installation
      </Button>
      {job.state === 'running' && job.canPause ? (
        <Button onClick={ask('It was not paused', () => app.client.call('jobs.pause', { jobId }))}>Pause</Button>
      ) : null}
      {job.state === 'paused' ? (
        <Button
          look="filled"
          autoFocus
          onClick={ask('It was not resumed', () => app.client.call('jobs.resume', { jobId }))}
        >
          Resume
        </Button>
      ) : (
        <Button look="filled" autoFocus onClick={onClose}>
          Continue in Background
        </Button>
      )}
    </>
  );
}

function Ready({ vmId, name, onClose }: { vmId: VmId; name: string; onClose: () => void }): ReactElement {
  const app = useApp();
  const vm = useLibrary(({ vms }) => ({ vm: vms?.get(vmId) })).vm;
  const runs = vm?.kind === 'machine' && isAlive(vm.state.phase);
  return (
    <>
      <Button onClick={onClose}>Done</Button>
      <Button
        look="filled"
        disabled={vm === undefined}
        onClick={() => {
          onClose();
          if (runs) app.shell.openConsole(vmId);
          else void requestVerb(app, 'start', { id: vmId, name });
        }}
      >
        {runs ? 'Open Console' : 'Start'}
      </Button>
    </>
  );
}

function Done({ onClick }: { onClick: () => void }): ReactElement {
  return (
    <Button look="filled" onClick={onClick}>
      Done
    </Button>
  );
}
