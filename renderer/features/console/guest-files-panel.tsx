import { type ReactElement, useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { Client } from '../../../electron/contract/contract.ts';
import { isOpen, type Job } from '../../../electron/contract/job.ts';
import type { VmId } from '../../../electron/contract/machine.ts';
import { IconButton } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { DropVeil } from '../../files/drop-veil.tsx';
import { SendingProgress } from '../../files/sending-progress.tsx';
import { shell } from '../../client/shell.ts';
import { jobStatus } from '../../../electron/contract/words/jobs.ts';
import { type GuestFile, GuestFiles, type GuestFileState } from './guest-files.ts';

/** Files dropped on the console go into the guest; how each fares stands in a corner until it is put away. */
export function GuestFilesPanel({
  client,
  id,
  name,
  isWanted,
}: {
  client: Client;
  id: VmId;
  name: string;
  /** Whether there is a running guest of ours to take them. */
  isWanted: boolean;
}): ReactElement {
  const [files] = useState(() => new GuestFiles(client, id));
  const all = useStore(files.store);
  useEffect(() => files.follow(), [files]);
  return (
    <>
      <DropVeil
        shell={shell()}
        isWanted={isWanted}
        title={(count) => `Drop to send ${count === 1 ? 'the file' : `${count} files`} to “${name}”`}
        text={() => 'Into the Downloads folder of its user, or the home folder where there is none.'}
        onGiven={(given) => files.give(given)}
      />
      {all.length === 0 ? null : (
        <ul className="guest-files" aria-label="Files for the guest" aria-live="polite">
          {all.map((one) => (
            <Row key={one.key} one={one} onRemove={() => files.remove(one.key)} />
          ))}
        </ul>
      )}
    </>
  );
}

function Row({ one: { name, state }, onRemove }: { one: GuestFile; onRemove: () => void }): ReactElement {
  const isOver = state.step === 'failed' || (state.step === 'job' && !isOpen(state.job));
  return (
    <li data-failed={failureOf(state) === undefined ? undefined : true}>
      <div className="guest-file-line">
        <Icon name={failureOf(state) === undefined ? 'download' : 'warning'} />
        <b className="cut grow" title={name}>
          {name}
        </b>
        <IconButton icon="close" size="small" label={`${isOver ? 'Dismiss' : 'Cancel'} ${name}`} onClick={onRemove} />
      </div>
      <How name={name} state={state} />
    </li>
  );
}

function How({ name, state }: { name: string; state: GuestFileState }): ReactElement {
  const failure = failureOf(state);
  if (failure !== undefined)
    return (
      <p role="alert">
        {failure.message} {failure.hint}
      </p>
    );
  switch (state.step) {
    case 'asking':
    case 'failed':
      return <p className="secondary">Asking the guest</p>;
    case 'sending':
      return <SendingProgress name={name} {...state} />;
    case 'job':
      return <JobProgress name={name} job={state.job} />;
  }
}

function JobProgress({ name, job }: { name: string; job: Job }): ReactElement {
  return (
    <div className="sending">
      {isOpen(job) ? (
        <progress
          aria-label={`Writing ${name} in the guest`}
          {...(job.fraction === undefined ? {} : { value: job.fraction })}
        />
      ) : null}
      <p className="caption">{job.state === 'succeeded' ? 'Sent to the guest.' : jobStatus(job)}</p>
    </div>
  );
}

function failureOf(state: GuestFileState) {
  if (state.step === 'failed') return state.error;
  return state.step === 'job' && state.job.state === 'failed' ? state.job.error : undefined;
}
