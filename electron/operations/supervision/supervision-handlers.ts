import type { Handlers } from '../../contract/contract.ts';
import type { supervisionProcedures } from '../../contract/supervision-procedures.ts';
import { readUsage } from '../../library/usage-history.ts';
import { OwnService } from '../../host/login-service/own-service.ts';
import { local } from '../machines/local-names.ts';
import type { Rooms } from '../rooms.ts';

/** What each procedure about machines that run for long does. */
export function supervisionHandlers(
  { library }: Pick<Rooms, 'library'>,
  service = new OwnService(),
): Pick<Handlers, keyof typeof supervisionProcedures> {
  return {
    'usage.history': async ({ id, range }) => await readUsage((await library.get(local(id))).folder, range),
    'service.get': () => service.status(),
    'service.install': ({ port }) => service.install(port),
    'service.uninstall': () => service.uninstall(),
  };
}
