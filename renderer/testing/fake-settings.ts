import type { Handlers } from '../../electron/contract/contract.ts';
import { AppError } from '../../electron/contract/errors.ts';
import { job } from './fixtures.ts';
import {
  checkSetting,
  defaultSettings,
  type HomeReport,
  isSettingKey,
  settingKeys,
  type Settings,
  type SettingsReport,
  settingsSchema,
} from '../../electron/contract/settings.ts';

type SettingsHandlers = Pick<Handlers, Extract<keyof Handlers, `settings.${string}` | `homes.${string}`>>;

/** A home with two machines, on a drive where duplicates share their blocks. */
export function home(path: string, more: Partial<HomeReport> = {}): HomeReport {
  return {
    ...{
      path,
      inUse: false,
      isNext: false,
      machineCount: 2,
      machinesBytes: 30_000_000_000,
      cacheBytes: 12_000_000_000,
    },
    ...{ freeBytes: 200_000_000_000, totalBytes: 500_000_000_000, fileSystem: 'btrfs', clones: true, ...more },
  };
}

/** Settings and homes in memory, with the rules of the schema. */
export function settingsHandlers(tell: (report: SettingsReport) => void): SettingsHandlers {
  let settings: Settings = defaultSettings;
  let homes = [home('/home/user/.tart', { inUse: true, isNext: true })];
  const report = (): SettingsReport => ({
    settings,
    problems: [],
    file: '/home/user/.local/state/tatin/settings.json',
  });
  const put = (changes: Record<string, unknown>): Promise<SettingsReport> => {
    settings = settingsSchema.parse({ ...settings, ...changes });
    tell(report());
    return Promise.resolve(report());
  };
  return {
    'settings.get': () => Promise.resolve(report()),
    'settings.set': ({ changes }) => {
      for (const [key, value] of Object.entries(changes)) {
        const checked = isSettingKey(key)
          ? checkSetting(key, value)
          : { problems: [{ key, message: 'no such setting' }] };
        const [problem] = 'problems' in checked ? checked.problems : [];
        if (problem !== undefined) throw new AppError('invalid-input', `${problem.key}: ${problem.message}`);
      }
      return put(changes);
    },
    'settings.reset': ({ keys = settingKeys }) =>
      put(Object.fromEntries(keys.filter(isSettingKey).map((key) => [key, defaultSettings[key]]))),
    'homes.list': () => Promise.resolve(homes),
    'homes.add': ({ path }) => Promise.resolve((homes = [...homes, home(path)])),
    'homes.remove': ({ path }) => Promise.resolve((homes = homes.filter((known) => known.path !== path))),
    'homes.inspectMove': ({ to }) =>
      Promise.resolve({
        ...{ how: 'copy', machineCount: 2, bytes: 42_000_000_000, freeBytes: 80_000_000_000 },
        ...(to === '/full' ? { problem: { code: 'no-space', message: 'Moving needs 42 GB, and 1 GB are free.' } } : {}),
      }),
    'homes.move': ({ from, to }) => {
      homes = homes.map((known) => (known.path === from ? { ...known, path: to } : known));
      return Promise.resolve(job('j1', { kind: 'move', title: `Moving ${from} to ${to}` }));
    },
    'homes.use': ({ path }) =>
      Promise.resolve((homes = homes.map((known) => ({ ...known, isNext: known.path === path })))),
  };
}
