import { type ReactElement, useEffect, useState } from 'react';
import { AppError } from '../../../electron/contract/errors.ts';
import { CheckBox, Field, FormRow } from '../../components/field.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';

/** A name that a person may change, and what the library says of it. */
export interface MachineNameState {
  readonly value: string;
  readonly problem: string | undefined;
  /** Not empty, and nothing is known against it. */
  readonly isGood: boolean;
  readonly change: (value: string) => void;
}

/** A name for a new machine, begun with a free one close to the suggestion, and checked as it is typed. */
export function useMachineName(suggestion: string): MachineNameState {
  const { client } = useApp();
  const [typed, setTyped] = useState<string>();
  const [suggested, setSuggested] = useState('');
  const [said, setSaid] = useState<{ name: string; reason: string | undefined }>();
  useEffect(() => {
    const controller = new AbortController();
    client
      .call(
        'vms.suggestName',
        { suggestion: suggestion === '' ? 'machine' : suggestion },
        { signal: controller.signal },
      )
      .then(
        ({ name }) => controller.signal.aborted || setSuggested(name),
        // Then the field begins empty.
        () => undefined,
      );
    return () => controller.abort();
  }, [client, suggestion]);
  const value = typed ?? suggested;
  useEffect(() => {
    if (value === '') return;
    const controller = new AbortController();
    const set = (reason: string | undefined): void => {
      if (!controller.signal.aborted) setSaid({ name: value, reason });
    };
    client.call('vms.checkName', { name: value }, { signal: controller.signal }).then(
      ({ reason }) => set(reason),
      (error: unknown) => set(AppError.from(error).message),
    );
    return () => controller.abort();
  }, [client, value]);
  const isTaken = useLibrary(({ vms }) => [...(vms?.values() ?? [])].some(({ name }) => name === value));
  const refused = said?.name === value ? said.reason : undefined;
  const problem = refused ?? (isTaken ? 'There is already a machine of this name.' : undefined);
  return { value, problem, isGood: value !== '' && problem === undefined, change: setTyped };
}

/** The field for it. */
export function MachineName({ name, onSubmit }: { name: MachineNameState; onSubmit?: () => void }): ReactElement {
  return (
    <FormRow label="Name">
      <Field
        label="Name"
        value={name.value}
        error={name.problem}
        onChange={({ target }) => name.change(target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onSubmit?.();
        }}
      />
    </FormRow>
  );
}

/** Whether a new machine starts at once. */
export function StartWhenMade({
  isChosen,
  onChoose,
}: {
  isChosen: boolean;
  onChoose: (isChosen: boolean) => void;
}): ReactElement {
  return (
    <FormRow label="Then">
      <CheckBox isChosen={isChosen} onChoose={onChoose}>
        Start it when it is made
      </CheckBox>
    </FormRow>
  );
}
