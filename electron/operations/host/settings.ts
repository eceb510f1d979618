import { addHome, listHomes, removeHome, useHome } from '../../settings/homes.ts';
import { settingFromText } from '../../settings/settings-document.ts';
import { changeSettings, readReport, requireKey, resetSettings } from '../../settings/settings-file.ts';
import type { Area } from '../operation.ts';
import type { Services } from '../services.ts';
import { inspectHomeMove } from './move-home.ts';

const list = ({ library }: Services) => listHomes(library.home.path);

/** Operations on settings. */
export const settings: Area<'settings'> = {
  needs: 'library',
  procedures: async () => (await import('../../contract/settings.ts')).settingsProcedures,
  rows: {
    'settings.get': (_services, { key }) => {
      if (key !== undefined) requireKey(key);
      return readReport();
    },
    'settings.set': (_services, { changes, areText }) =>
      changeSettings(
        areText
          ? Object.fromEntries(Object.entries(changes).map(([key, text]) => [key, settingFromText(key, String(text))]))
          : changes,
      ),
    'settings.reset': (_services, { keys }) => resetSettings(keys),
  },
};

/** Operations on the folders that VMs live in. */
export const homes: Area<'homes'> = {
  needs: 'library',
  procedures: async () => (await import('../../contract/settings.ts')).settingsProcedures,
  rows: {
    'homes.list': list,
    'homes.add': async (services, { path }) => {
      await addHome(path);
      return await list(services);
    },
    'homes.remove': async (services, { path }) => {
      await removeHome(path, services.library.home.path);
      return await list(services);
    },
    'homes.use': async (services, { path }) => {
      await useHome(path);
      return await list(services);
    },
    'homes.inspectMove': (_services, move) => inspectHomeMove(move),
    'homes.move': { load: () => import('./move-home.ts') },
  },
};
