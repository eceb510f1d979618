import { stat } from 'node:fs/promises';
import type { ParsedInput } from '../../contract/contract.ts';
import { AppError } from '../../contract/errors.ts';
import { diskText } from '../../contract/words/sizes.ts';
import type { LongOperation } from '../operation.ts';
import { local } from './local-names.ts';

/** Changes settings of a VM and replaces its disk by a copy of a raw image. */
export const operation: LongOperation<ParsedInput<'vms.replaceDisk'>, void> = {
  kind: 'replace-disk',
  async prepare({ library }, { id, imagePath, diskBytes, ...changes }) {
    const { name } = await library.get(local(id));
    await refuseSmaller(imagePath, diskBytes);
    return {
      title: `Replacing the disk of ${name}`,
      vmId: id,
      run: async (work) => {
        await library.configure(name, changes);
        await library.replaceDisk(name, imagePath, work);
        await library.configure(name, { diskBytes });
      },
    };
  },
};

async function refuseSmaller(imagePath: string, diskBytes: number | undefined): Promise<void> {
  const status = await stat(imagePath).catch(() => undefined);
  // A file that can't be looked at fails when it is copied, with the reason.
  if (status === undefined || diskBytes === undefined || status.size <= diskBytes) return;
  throw new AppError('disk-too-small', `${imagePath} has ${diskText(status.size)}, more than the disk is to have.`, {
    hint: 'Give a larger size, or none.',
  });
}
