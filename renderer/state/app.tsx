import { createContext, type ReactElement, type ReactNode, useContext } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { Client } from '../../electron/contract/contract.ts';
import type { Shell } from '../../electron/contract/shell.ts';
import type { LibraryState, LibraryStore } from './library-store.ts';
import type { ViewState, ViewStore } from './view-store.ts';

/** What every part of the library window works with. */
export interface App {
  readonly client: Client;
  readonly shell: Shell;
  readonly library: LibraryStore;
  readonly view: ViewStore;
}

const AppContext = createContext<App | undefined>(undefined);

export function AppProvider({ app, children }: { app: App; children: ReactNode }): ReactElement {
  return <AppContext value={app}>{children}</AppContext>;
}

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === undefined) throw new Error('This component stands outside the AppProvider.');
  return app;
}

/** A part of what the other side says there is; compared shallowly. */
export function useLibrary<T>(pick: (state: LibraryState) => T): T {
  return useStore(useApp().library, useShallow(pick));
}

/** A part of how the window looks at it; compared shallowly. */
export function useView<T>(pick: (state: ViewState) => T): T {
  return useStore(useApp().view, useShallow(pick));
}
