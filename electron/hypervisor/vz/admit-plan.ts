import path from 'node:path';
import { confirmedPaths, pathsGiven } from '../../library/confirmed-paths.ts';
import { tartFiles } from '../../library/layout.ts';
import { admitPaths, type OpenedPath } from '../opened-paths.ts';
import type { VzFolder } from './document.ts';
import type { VzPlan, VzPlannedDisk, VzVm } from './planned.ts';
import type { VzRunOptions } from './run-options.ts';

/**
 * The plan with everything by its real place, where the machine may open it: in its folder, or confirmed by this user.
 * @throws AppError, see {@link admitPaths}
 */
export async function admitVzPlan(plan: VzPlan, { folder, config }: VzVm, options: VzRunOptions): Promise<VzPlan> {
  const real = await admitPaths(folder, openedBy(plan, folder), [
    ...confirmedPaths(folder, config.macAddress),
    ...(options.confirmedPaths ?? (await pathsGiven(folder, options))),
  ]);
  const [root, ...more] = plan.storage;
  const moved = (disk: VzPlannedDisk): VzPlannedDisk => {
    const { attachment } = disk;
    if (attachment.kind === 'nbd') return disk;
    return { ...disk, attachment: { ...attachment, path: real(attachment.path) } };
  };
  return {
    ...plan,
    platform:
      plan.platform.kind === 'mac'
        ? { ...plan.platform, auxiliaryStorage: real(plan.platform.auxiliaryStorage) }
        : plan.platform,
    boot: plan.boot.kind === 'efi' ? { ...plan.boot, variableStore: real(plan.boot.variableStore) } : plan.boot,
    storage: [moved(root), ...more.map(moved)],
    shares: plan.shares.map(({ tag, share }) => {
      if (share.kind === 'single') return { tag, share: { ...share, path: real(share.path) } };
      if (share.kind !== 'multiple') return { tag, share };
      return { tag, share: { ...share, folders: share.folders.map((one) => ({ ...one, path: real(one.path) })) } };
    }),
  };
}

function openedBy(plan: VzPlan, folder: string): OpenedPath[] {
  const own = [tartFiles.nvram, tartFiles.savedState].map((leaf) => path.join(folder, leaf));
  const folders = plan.shares.flatMap(({ share }): readonly VzFolder[] => {
    if (share.kind === 'single') return [share];
    return share.kind === 'multiple' ? share.folders : [];
  });
  return [
    ...own.map((place) => ({ kind: 'disk' as const, path: place, writable: true })),
    ...plan.storage.map(({ attachment }) => ({
      kind: 'disk' as const,
      path: attachment.kind === 'nbd' ? attachment.url : attachment.path,
      writable: !attachment.readOnly,
    })),
    ...folders.map((share) => ({ kind: 'folder' as const, path: share.path, writable: !share.readOnly })),
  ];
}
