import { stateFolder } from '../../host/folders.ts';
import { local } from '../machines/local-names.ts';
import type { Area } from '../operation.ts';
import type { LoadedServices } from '../services.ts';
import { keepMacDraft, readMacDraft } from './mac-draft.ts';
import { inspectMac, listMacs } from './mac-images.ts';
import { readInstallLog } from './mac-install-log.ts';

/** Operations on new macOS machines, and on the two that may run at a time. */
export const macos: Area<'macos', LoadedServices> = {
  needs: 'everything',
  procedures: async () => (await import('../../contract/macos.ts')).macProcedures,
  rows: {
    'macos.list': (services) => listMacs(services),
    'macos.inspect': (services, { source }, signal) => inspectMac(services, source, signal),
    'macos.fetch': { load: () => import('./fetch.ts') },
    'macos.install': { load: () => import('./install.ts') },
    'macos.log': (_services, { id }) => readInstallLog(stateFolder(), local(id)),
    'macos.draft': () => readMacDraft(stateFolder()),
    'macos.keepDraft': (_services, { draft }) => keepMacDraft(stateFolder(), draft),
    'macos.startInstead': { load: () => import('./start-instead.ts') },
  },
};
