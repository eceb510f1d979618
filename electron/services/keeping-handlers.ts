import type { Handlers } from '../contract/contract.ts';
import type { keepingProcedures } from '../contract/keeping-procedures.ts';
import { OwnService } from '../host/login-service/own-service.ts';

/** What each procedure about machines that run for long does. */
export function keepingHandlers(service = new OwnService()): Pick<Handlers, keyof typeof keepingProcedures> {
  return {
    'service.get': () => service.status(),
    'service.install': ({ port }) => service.install(port),
    'service.uninstall': () => service.uninstall(),
  };
}
