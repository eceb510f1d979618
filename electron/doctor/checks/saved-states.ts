import { AppError } from '../../contract/errors.ts';
import { findInstallation } from '../../hypervisor/qemu/installation.ts';
import { ownFiles, readSavedState, requireUnchanged } from '../../hypervisor/qemu/saved-state.ts';
import type { LibraryVm } from '../../library/vm.ts';
import { type Check, type Finding, passed, skipped } from '../check.ts';
import { count, listed } from '../words.ts';

/** Whether machines that were suspended can go on. */
export const savedStates: Check = {
  id: 'saved-states',
  title: 'Saved states',
  async look({ library, cacheFolder, platform }): Promise<Finding> {
    const suspended = (await library.list()).flatMap((entry) =>
      entry.kind === 'machine' && entry.suspendedAt !== undefined ? [entry] : [],
    );
    if (platform === 'darwin' && suspended.length > 0)
      return skipped('Only the start of a machine shows whether this Mac can resume its state.');
    const lost: { name: string; reason: string }[] = [];
    for (const vm of suspended) {
      const reason = await whyNot(vm, cacheFolder);
      if (reason !== undefined) lost.push({ name: vm.name, reason });
    }
    const lookedAt = `Read ${count(suspended.length, 'saved state')} and the files that each knows.`;
    if (lost.length === 0)
      return passed(suspended.length === 0 ? 'None' : `${suspended.length}, can be resumed`, lookedAt);
    return {
      state: 'attention',
      summary: `${count(lost.length, 'machine')} can’t go on where ${lost.length === 1 ? 'it was' : 'they were'} suspended.`,
      lookedAt,
      details: listed(lost.map(({ name, reason }) => `${name}: ${reason}`)),
      cures: [
        {
          id: 'discard',
          title: `Discard ${count(lost.length, 'Saved State')}…`,
          kind: 'ask',
          says: 'What these guests had in memory is lost, as with a power cut. Their disks stay as they are.',
          apply: async () => {
            for (const { name } of lost) await library.discardSavedState(name);
          },
        },
      ],
    };
  },
};

async function whyNot({ folder, config }: LibraryVm, cacheFolder: string): Promise<string | undefined> {
  const installation = await findInstallation(config.arch, cacheFolder);
  if (installation === undefined) return `there is no QEMU for ${config.arch} guests`;
  try {
    const saved = await readSavedState(folder, installation.machineTypes);
    if (saved === undefined) return 'it was saved by another program than Tatin’s QEMU';
    await requireUnchanged(folder, saved, ownFiles(folder));
    return undefined;
  } catch (error) {
    return AppError.from(error).message;
  }
}
