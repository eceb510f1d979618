import { OwnService } from '../../host/login-service/own-service.ts';
import { readUsage } from '../../library/usage-history.ts';
import { local } from '../machines/local-names.ts';
import type { Area } from '../operation.ts';

/** Operations on the service that starts Tatin at login. */
export const service: Area<'service'> = {
  needs: 'library',
  procedures: async () => (await import('../../contract/supervision-procedures.ts')).supervisionProcedures,
  rows: {
    'service.get': () => new OwnService().status(),
    'service.install': (_services, { port }) => new OwnService().install(port),
    'service.uninstall': () => new OwnService().uninstall(),
  },
};

/** Operations on what machines took over time. */
export const usage: Area<'usage'> = {
  needs: 'library',
  procedures: async () => (await import('../../contract/supervision-procedures.ts')).supervisionProcedures,
  rows: {
    'usage.history': async ({ library }, { id, range }) =>
      await readUsage((await library.get(local(id))).folder, range),
  },
};
