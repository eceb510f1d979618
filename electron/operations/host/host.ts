import { listFolder } from '../../files/list-folder.ts';
import type { Area } from '../operation.ts';
import type { LoadedServices } from '../services.ts';

/** Operations on this host. */
export const host: Area<'host', LoadedServices> = {
  needs: 'everything',
  procedures: async () => (await import('../../contract/host.ts')).hostProcedures,
  rows: {
    'host.get': (services) => services.host(),
    'host.reportPageError': ({ log }, { text }) => {
      log.error(`A page met an error: ${text}`);
    },
    'host.listFolder': (_services, { path, extensions }) => listFolder(path, extensions),
  },
};
