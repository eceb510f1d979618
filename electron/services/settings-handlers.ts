import type { Handlers } from '../contract/contract.ts';
import { addHome, listHomes, removeHome, useHome } from '../settings/homes.ts';
import { changeSettings, readReport, resetSettings } from '../settings/settings-file.ts';
import type { Rooms } from './rooms.ts';

type SettingsHandlers = Pick<Handlers, Extract<keyof Handlers, `settings.${string}` | `homes.${string}`>>;

/** What the procedures about settings and homes do. */
export function settingsHandlers({ library }: Pick<Rooms, 'library'>): SettingsHandlers {
  const list = () => listHomes(library.home.path);
  return {
    'settings.get': () => Promise.resolve(readReport()),
    'settings.set': ({ changes }) => changeSettings(changes),
    'settings.reset': ({ keys }) => resetSettings(keys),
    'homes.list': list,
    'homes.add': async ({ path }) => {
      await addHome(path);
      return await list();
    },
    'homes.remove': async ({ path }) => {
      await removeHome(path, library.home.path);
      return await list();
    },
    'homes.use': async ({ path }) => {
      await useHome(path);
      return await list();
    },
  };
}
