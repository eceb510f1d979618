import { type ReactElement, useState } from 'react';
import { AppError } from '../../../electron/contract/errors.ts';
import type { Vm } from '../../../electron/contract/machine.ts';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { useApp } from '../../state/app.tsx';
import { diskText } from '../../../electron/contract/words/sizes.ts';

/** Asks for the name of a copy, and makes it. */
export function DuplicateSheet({ vm, onClose }: { vm: Vm; onClose: () => void }): ReactElement {
  const { client } = useApp();
  const [name, setName] = useState(`${vm.name}-copy`);
  const [error, setError] = useState<string>();
  const duplicate = async (): Promise<void> => {
    try {
      await client.call('vms.clone', { id: vm.id, name });
      onClose();
    } catch (thrown) {
      setError(AppError.from(thrown).message);
    }
  };
  return (
    <Sheet
      title={`Duplicate “${vm.name}”`}
      subtitle={`Needs up to ${diskText(vm.allocatedBytes)}, less where the file system shares blocks.`}
      width="narrow"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="filled" disabled={name === ''} onClick={() => void duplicate()}>
            Duplicate
          </Button>
        </>
      }
    >
      <Field
        label="Name of the copy"
        value={name}
        autoFocus
        error={error}
        onFocus={({ target }) => target.select()}
        onChange={({ target }) => {
          setName(target.value);
          setError(undefined);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') void duplicate();
        }}
      />
    </Sheet>
  );
}
