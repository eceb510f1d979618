import { useSyncExternalStore } from 'react';
import { useApp, useView } from './app.tsx';
import type { Panel, ViewStore } from './view-store.ts';

/** In windows narrower than this, in pixels, a panel floats over the content instead of standing beside it. */
const floatsBelow: Record<Panel, number> = { sidebar: 860, inspector: 1080 };

function query(panel: Panel): MediaQueryList {
  return window.matchMedia(`(max-width: ${floatsBelow[panel] - 0.02}px)`);
}

/**
 * Whether a panel is shown, and whether over the content. One that floats hides what is below, so it is closed until
 * asked for, and only one is open at a time; how it stands in a wide window is remembered beside that.
 */
export function usePanel(panel: Panel): { isShown: boolean; isFloating: boolean } {
  const isFloating = useSyncExternalStore(
    (tell) => {
      const list = query(panel);
      list.addEventListener('change', tell);
      return () => list.removeEventListener('change', tell);
    },
    () => query(panel).matches,
  );
  const isShown = useView((view) => (isFloating ? view.floating === panel : view[panel]));
  return { isShown, isFloating };
}

/** Shows a hidden panel, and hides a shown one. */
export function togglePanel(view: ViewStore, panel: Panel): void {
  view.setState((now) => {
    if (query(panel).matches) return { floating: now.floating === panel ? undefined : panel };
    return { [panel]: !now[panel] };
  });
}

/** Closes a panel that floats once it has done what it was opened for. */
export function useCloseFloating(): () => void {
  const { view } = useApp();
  return () => view.setState({ floating: undefined });
}
