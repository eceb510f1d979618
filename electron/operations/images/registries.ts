import { listRegistries } from '../../credentials/find-credentials.ts';
import { logIn, logOut } from '../../credentials/log-in.ts';
import type { Area } from '../operation.ts';

/** Operations on the logins of registries. */
export const registries: Area<'registries'> = {
  needs: 'library',
  procedures: async () => (await import('../../contract/images.ts')).registryProcedures,
  rows: {
    'registries.list': ({ warn }, _input, signal) => listRegistries(signal, { warn }),
    'registries.logIn': (_services, input, signal) => logIn({ ...input, signal }),
    'registries.logOut': (_services, { host }, signal) => logOut(host, { signal }),
  },
};
