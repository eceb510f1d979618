import type { ParsedInput } from '../../contract/contract.ts';
import { vmIdOf } from '../../library/vm-id.ts';
import { makeRoom } from '../../registry/cache/prune.ts';
import type { LongOperation } from '../operation.ts';
import { local } from './local-names.ts';

/** Duplicates a VM, and makes room for what the guest of the copy can still write to its disk. */
export const operation: LongOperation<ParsedInput<'vms.clone'>, void> = {
  kind: 'clone',
  async prepare({ library }, { id, name, pruneLimitBytes }) {
    const source = local(id);
    await library.get(source);
    library.requireFreeName(name);
    return {
      title: `Duplicating ${source} as ${name}`,
      vmId: vmIdOf(name),
      run: async (work) => {
        const { diskBytes, allocatedBytes } = await library.clone(source, name, work);
        const canGrow = Math.min(diskBytes - allocatedBytes, pruneLimitBytes);
        if (canGrow > 0) await makeRoom(library.home, canGrow, work);
      },
    };
  },
};
