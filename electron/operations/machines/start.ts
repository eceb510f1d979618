import type { ParsedInput } from '../../contract/contract.ts';
import { vmIdOf } from '../../library/vm-id.ts';
import type { LongOperation, Plan } from '../operation.ts';
import { local } from './local-names.ts';

/** Starts a VM: the end of work that makes one, or what is left of such work. */
export const operation: LongOperation<ParsedInput<'machines.start'>, void> = {
  kind: 'start',
  async prepare({ library, machines }, { id }) {
    const { name } = await library.get(local(id));
    return {
      title: `Starting ${name}`,
      vmId: id,
      run: async ({ signal, progress }) => {
        progress({ step: 'Starting' });
        await machines.start(name, {}, signal);
      },
    };
  },
};

/** Has work end with the start of the VM that it makes. @param weights of the work and of the start, up to its CPUs */
export function startNext(name: string, weights: readonly [number, number]): NonNullable<Plan<unknown>['next']> {
  return { weights, request: () => ({ procedure: 'machines.start', input: { id: vmIdOf(name) } }) };
}
