import type { Handlers } from '../../contract/contract.ts';
import { addHome, listHomes, removeHome, useHome } from '../../settings/homes.ts';
import { changeSettings, readReport, resetSettings } from '../../settings/settings-file.ts';
import { inspectHomeMove, startHomeMove } from './home-moves.ts';
import type { Rooms } from '../rooms.ts';

type SettingsHandlers = Pick<Handlers, Extract<keyof Handlers, `settings.${string}` | `homes.${string}`>>;

/** What the procedures about settings and homes do. */
export function settingsHandlers({ library, jobs }: Pick<Rooms, 'library' | 'jobs'>): SettingsHandlers {
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
    'homes.inspectMove': (move) => inspectHomeMove(move),
    'homes.move': (move) => startHomeMove({ jobs }, move),
    'homes.use': async ({ path }) => {
      await useHome(path);
      return await list();
    },
  };
}
