import { AppError } from '../../electron/contract/errors.ts';
import type { Vm, VmId } from '../../electron/contract/machine.ts';
import { type RequestVerb, verbProcedures } from '../../electron/contract/verbs.ts';
import type { App } from '../state/app.tsx';
import { attempt } from './attempt.ts';

const failureWords: Record<RequestVerb, string> = {
  start: 'did not start',
  shutDown: 'was not asked to shut down',
  pause: 'was not paused',
  resume: 'was not resumed',
  suspend: 'was not suspended',
  forceStop: 'was not stopped',
  reset: 'was not reset',
  discardSuspended: 'did not discard its saved state',
};

/** Asks for one verb of one machine; a failure becomes a toast, or the sheet that can mend it. */
export async function requestVerb(app: App, verb: RequestVerb, vm: Pick<Vm, 'id' | 'name'>): Promise<void> {
  await attempt(app, `“${vm.name}” ${failureWords[verb]}`, async () => {
    try {
      await app.client.call(verbProcedures[verb], { id: vm.id });
    } catch (thrown) {
      if (verb !== 'start') throw thrown;
      await afterFailedStart(app, vm.id, AppError.from(thrown));
    }
  });
}

/** @throws AppError if no sheet can mend it */
async function afterFailedStart({ client, view }: App, id: VmId, error: AppError): Promise<void> {
  switch (error.code) {
    case 'machine-limit':
      view.setState({ overlay: { kind: 'mac-limit', id, error: error.toInfo() } });
      break;
    case 'paths-not-confirmed': {
      const paths = await client.call('vms.pathsToAllow', { id });
      view.setState({ overlay: { kind: 'allow-paths', id, paths } });
      break;
    }
    default:
      throw error;
  }
}
