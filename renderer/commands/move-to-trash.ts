import { AppError } from '../../electron/contract/errors.ts';
import type { Vm, VmId } from '../../electron/contract/machine.ts';
import type { App } from '../state/app.tsx';
import { attempt } from './attempt.ts';

/** Moves machines to the Trash. Those whose disk has none are asked about: they would be deleted for good. */
export async function moveToTrash(app: App, vms: readonly Vm[]): Promise<void> {
  const withoutTrash: VmId[] = [];
  for (const { id, name } of vms)
    await attempt(app, `“${name}” was not moved to the Trash`, async () => {
      try {
        await app.client.call('vms.delete', { id });
      } catch (thrown) {
        if (AppError.from(thrown).code !== 'not-supported') throw thrown;
        withoutTrash.push(id);
      }
    });
  if (withoutTrash.length > 0)
    app.view.setState({ overlay: { kind: 'confirm', verb: 'deleteForGood', ids: withoutTrash } });
}

/** Deletes machines so that nothing can bring them back. */
export async function deleteForGood(app: App, vms: readonly Vm[]): Promise<void> {
  for (const { id, name } of vms)
    await attempt(app, `“${name}” was not deleted`, () => app.client.call('vms.delete', { id, permanently: true }));
}
