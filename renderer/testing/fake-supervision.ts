import type { Handlers } from '../../electron/contract/contract.ts';
import type { supervisionProcedures } from '../../electron/contract/supervision-procedures.ts';
import type { UsageHistory } from '../../electron/contract/usage-history.ts';
import type { LoginServiceStatus } from '../../electron/contract/login-service.ts';

/** A systemd that takes whatever it is given. */
export function supervisionHandlers(world: {
  usage: UsageHistory;
}): Pick<Handlers, keyof typeof supervisionProcedures> {
  let status: LoginServiceStatus = {
    ...{ system: 'systemd', isInstalled: false, isRunning: false },
    ...{ file: '/home/user/.config/systemd/user/tatin.service', text: '[Unit]\nDescription=Tatin' },
  };
  const become = (isInstalled: boolean): Promise<LoginServiceStatus> => {
    status = { ...status, isInstalled, isRunning: isInstalled };
    return Promise.resolve(status);
  };
  return {
    'usage.history': () => Promise.resolve(world.usage),
    'service.get': () => Promise.resolve(status),
    'service.install': () => become(true),
    'service.uninstall': () => become(false),
  };
}

/** An hour of a machine that took half of its processors for the last `count` steps; its network is not known. */
export function usedFor(count: number): UsageHistory {
  const [fromMs, toMs] = [Date.parse('2026-02-03T03:05:00.000Z'), Date.parse('2026-02-03T04:05:00.000Z')];
  const iso = (ms: number): string => new Date(ms).toISOString();
  return {
    ...{ from: iso(fromMs), to: iso(toMs), stepSeconds: 10 },
    points: Array.from({ length: count }, (_, index) => ({
      at: iso(toMs - (count - index) * 10_000),
      ...{ cpuFraction: 0.5 + index / 100, cpuMax: 0.9, memoryBytes: 2 ** 30, diskRead: 1_500_000, diskWritten: 0 },
    })),
  };
}
