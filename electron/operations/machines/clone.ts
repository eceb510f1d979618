import type { ParsedInput } from '../../contract/contract.ts';
import { vmIdOf } from '../../library/vm-id.ts';
import type { LongOperation } from '../operation.ts';
import { local } from './local-names.ts';

/** Duplicates a VM. */
export const operation: LongOperation<ParsedInput<'vms.clone'>, void> = {
  kind: 'clone',
  async prepare({ library }, { id, name }) {
    const source = local(id);
    await library.get(source);
    library.requireFreeName(name);
    return {
      title: `Duplicating ${source} as ${name}`,
      vmId: vmIdOf(name),
      run: async (work) => {
        await library.clone(source, name, work);
      },
    };
  },
};
