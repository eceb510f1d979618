import type { Handlers } from '../../electron/contract/contract.ts';
import type { keepingProcedures } from '../../electron/contract/keeping-procedures.ts';
import type { LoginServiceStatus } from '../../electron/contract/login-service.ts';

/** A systemd that takes whatever it is given. */
export function keepingHandlers(): Pick<Handlers, keyof typeof keepingProcedures> {
  let status: LoginServiceStatus = {
    ...{ system: 'systemd', isInstalled: false, isRunning: false },
    ...{ file: '/home/user/.config/systemd/user/tatin.service', text: '[Unit]\nDescription=Tatin' },
  };
  const become = (isInstalled: boolean): Promise<LoginServiceStatus> => {
    status = { ...status, isInstalled, isRunning: isInstalled };
    return Promise.resolve(status);
  };
  return {
    'service.get': () => Promise.resolve(status),
    'service.install': () => become(true),
    'service.uninstall': () => become(false),
  };
}
