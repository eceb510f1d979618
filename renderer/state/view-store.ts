import type { LossyVerb } from '../../electron/contract/words/verb-questions.ts';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { CreateSource } from '../../electron/contract/vms.ts';
import type { ErrorInfo } from '../../electron/contract/errors.ts';
import type { GuestArch, VmId } from '../../electron/contract/machine.ts';
import type { OpenedPath } from '../../electron/contract/opened-paths.ts';
import type { Given } from '../files/given.ts';
import { noSelection, type Selected } from './selection.ts';
import type { ImagesShowing } from './shown-images.ts';
import { sortKeys, type Showing } from './shown.ts';

/** A disc that installs a system, for the sheet that makes a machine. */
export interface InstallerDisc {
  readonly path: string;
  readonly suggestedName: string;
  readonly arch?: GuestArch | undefined;
}

/** What is pushed: a machine, or an image of the cache, which is only given further tags. */
export type PushSource = { kind: 'vm'; id: VmId; name: string } | { kind: 'image'; reference: string };

/** What lies over the window and must be dealt with first. */
export type Overlay =
  | { kind: 'new-vm'; from?: CreateSource['from'] | 'macos'; disc?: InstallerDisc; ipsw?: string }
  | { kind: 'mac-limit'; id: VmId; error: ErrorInfo }
  | { kind: 'allow-paths'; id: VmId; paths: readonly OpenedPath[] }
  | { kind: 'import'; given: readonly Given[] }
  | { kind: 'export'; id: VmId }
  | { kind: 'pull'; reference?: string }
  | { kind: 'push'; from: PushSource }
  | { kind: 'prune' }
  | { kind: 'registries' }
  | { kind: 'from-image'; imageId: string }
  | { kind: 'delete-images'; imageIds: readonly string[] }
  | { kind: 'palette' }
  | { kind: 'jobs' }
  | { kind: 'keys' }
  | { kind: 'service' }
  | { kind: 'log-out-all' }
  | { kind: 'confirm'; verb: LossyVerb | 'delete' | 'deleteForGood'; ids: readonly VmId[] }
  | { kind: 'duplicate'; id: VmId }
  | { kind: 'quick-look'; id: VmId };

/** What the content of the window is about. */
export type Page = 'machines' | 'images' | 'network' | 'doctor' | 'settings';

/** What stands at the sides of the content and can be hidden. */
export type Panel = 'sidebar' | 'inspector';

/** How the page of images looks at them. */
interface ImagesView extends ImagesShowing, Selected {}

/** How the window looks at the library; none of it is known to the other side. */
export interface ViewState extends Showing, Selected {
  readonly page: Page;
  readonly view: 'icons' | 'list';
  readonly sidebar: boolean;
  readonly inspector: boolean;
  /** The panel that floats over the content of a narrow window. */
  readonly floating: Panel | undefined;
  readonly images: ImagesView;
  readonly renaming: VmId | undefined;
  readonly overlay: Overlay | undefined;
  /** Something that a person should hear once: an action that failed. */
  readonly toast: { title: string; message: string; details?: string | undefined } | undefined;
}

export type ViewStore = StoreApi<ViewState>;

const keptKey = 'tatin-view';

/** A new view, as the last one was left in this browser. */
export function openView(storage: Pick<Storage, 'getItem' | 'setItem'>): ViewStore {
  const store = createStore<ViewState>(() => ({
    page: 'machines',
    filter: { by: 'all' },
    query: '',
    sort: 'name',
    descending: false,
    view: 'icons',
    sidebar: true,
    inspector: true,
    ...kept(storage),
    floating: undefined,
    ...noSelection,
    images: { query: '', sort: 'used', descending: false, ...noSelection },
    renaming: undefined,
    overlay: undefined,
    toast: undefined,
  }));
  store.subscribe(({ sort, descending, view, sidebar, inspector }) => {
    try {
      storage.setItem(keptKey, JSON.stringify({ sort, descending, view, sidebar, inspector }));
    } catch {
      // A full or forbidden storage only means that the next window opens as a first one.
    }
  });
  return store;
}

type Kept = Pick<ViewState, 'sort' | 'descending' | 'view' | 'sidebar' | 'inspector'>;

function kept(storage: Pick<Storage, 'getItem'>): Partial<Kept> {
  let read: unknown;
  try {
    read = JSON.parse(storage.getItem(keptKey) ?? '{}');
  } catch {
    return {};
  }
  if (typeof read !== 'object' || read === null) return {};
  const found = read as Record<keyof Kept, unknown>; // Every field is looked at below.
  const sort = sortKeys.find((key) => key === found.sort);
  return {
    ...(sort === undefined ? {} : { sort }),
    ...(found.view === 'icons' || found.view === 'list' ? { view: found.view } : {}),
    ...(typeof found.descending === 'boolean' ? { descending: found.descending } : {}),
    ...(typeof found.sidebar === 'boolean' ? { sidebar: found.sidebar } : {}),
    ...(typeof found.inspector === 'boolean' ? { inspector: found.inspector } : {}),
  };
}
