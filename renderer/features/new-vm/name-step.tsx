import { type ReactElement, useEffect } from 'react';
import { AppError } from '../../../electron/contract/errors.ts';
import { Field, FormRow } from '../../components/field.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { diskText, memoryText } from '../../../electron/contract/words/sizes.ts';
import { StartWhenMade } from '../images/machine-name.tsx';
import { gigabyte } from './limits.ts';
import type { Draft } from './draft.ts';

const sources: Record<Draft['from'], string> = {
  demo: 'Demo Linux',
  macos: 'macOS',
  iso: 'Linux installer',
  empty: 'Empty Linux disk',
};

/** The third step: a name that is free and allowed, checked as it is typed, and a summary. */
export function NameStep({
  draft,
  problem,
  onProblem,
  onChange,
  onSubmit,
}: {
  draft: Draft;
  problem: string | undefined;
  onProblem: (problem: string | undefined) => void;
  onChange: (changes: Partial<Draft>) => void;
  onSubmit: () => void;
}): ReactElement {
  const { client } = useApp();
  const isTaken = useLibrary(({ vms }) => [...(vms?.values() ?? [])].some(({ name }) => name === draft.name));
  const { name } = draft;
  useEffect(() => {
    if (name === '') return;
    const controller = new AbortController();
    const check = async (): Promise<void> => {
      try {
        const { reason } = await client.call('vms.checkName', { name }, { signal: controller.signal });
        onProblem(reason ?? (isTaken ? 'There is already a machine of this name.' : undefined));
      } catch (thrown) {
        if (!controller.signal.aborted) onProblem(AppError.from(thrown).message);
      }
    };
    void check();
    return () => controller.abort();
  }, [client, name, isTaken, onProblem]);
  return (
    <>
      <FormRow label="Name">
        <Field
          label="Name"
          value={name}
          autoFocus
          error={problem}
          onChange={({ target }) => onChange({ name: target.value })}
          onKeyDown={(event) => {
            if (event.key === 'Enter') onSubmit();
          }}
        />
        <span className="caption">Also the name of its folder, and its name in the terminal.</span>
      </FormRow>
      <StartWhenMade isChosen={draft.start} onChoose={(start) => onChange({ start })} />
      <FormRow label="Summary">
        <span className="summary">
          {sources[draft.from]}, {draft.cpuCount} CPUs, {memoryText(draft.memoryBytes)} memory,{' '}
          {diskText(draft.diskGigabytes * gigabyte)} disk
        </span>
      </FormRow>
    </>
  );
}
