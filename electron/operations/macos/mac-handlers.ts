import type { Handlers } from '../../contract/contract.ts';
import type { macProcedures } from '../../contract/macos.ts';
import { stateFolder } from '../../host/folders.ts';
import { local } from '../machines/local-names.ts';
import { keepMacDraft, readMacDraft } from './mac-draft.ts';
import { inspectMac, listMacs, startMacFetch } from './mac-images.ts';
import { readInstallLog } from './mac-install-log.ts';
import { startMacInstall } from './mac-install.ts';
import { startInstead } from './mac-slots.ts';
import type { Rooms } from '../rooms.ts';

/** What each procedure about macOS does. */
export function macHandlers(rooms: Rooms): Pick<Handlers, keyof typeof macProcedures> {
  return {
    'macos.list': () => listMacs(rooms),
    'macos.inspect': ({ source }, { signal }) => inspectMac(rooms, source, signal),
    'macos.fetch': (input) => Promise.resolve(startMacFetch(rooms, input)),
    'macos.install': (input, { signal }) => startMacInstall(rooms, input, signal),
    'macos.log': ({ id }) => readInstallLog(stateFolder(), local(id)),
    'macos.draft': () => readMacDraft(stateFolder()),
    'macos.keepDraft': ({ draft }) => keepMacDraft(stateFolder(), draft),
    'macos.startInstead': (input) => startInstead(rooms, input),
  };
}
