import { useState } from 'react';
import { AppError } from '../../../electron/contract/errors.ts';
import type { AnnotationChanges, MachineVm } from '../../../electron/contract/machine.ts';
import { useApp } from '../../state/app.tsx';

/** Keeps changes to what stands beside the machine; tells what went wrong, if so. */
export function useAnnotate(vm: MachineVm): {
  annotate: (changes: AnnotationChanges) => Promise<boolean>;
  error: string | undefined;
} {
  const { client } = useApp();
  const [error, setError] = useState<string>();
  const annotate = async (annotations: AnnotationChanges): Promise<boolean> => {
    try {
      await client.call('vms.annotate', { id: vm.id, annotations });
      setError(undefined);
      return true;
    } catch (thrown) {
      setError(AppError.from(thrown).message);
      return false;
    }
  };
  return { annotate, error };
}
