import { type ReactElement, useEffect, useMemo, useState } from 'react';
import type { Vm } from '../../electron/contract/machine.ts';
import { useShortcuts } from '../commands/use-shortcuts.ts';
import { TagColours, tagColours } from '../components/tag.tsx';
import { useLibrary, useView } from '../state/app.tsx';
import { usePanel } from '../state/panels.ts';
import { shownVms, tagsOf } from '../state/shown.ts';
import { DoctorPage } from '../features/doctor/doctor-page.tsx';
import type { Page } from '../state/view-store.ts';
import { ImportByDrop } from '../features/import/import-by-drop.tsx';
import { ImagesPage } from '../features/images/images-page.tsx';
import { Inspector } from '../features/inspector/inspector.tsx';
import { Banners } from './banners.tsx';
import { NetworkPage } from '../features/network/network-page.tsx';
import { SettingsPage } from '../features/settings/settings-page.tsx';
import { MachineBulkBar } from '../collection/bulk-bar.tsx';
import { FirstRun, NothingShown } from '../features/library/empty.tsx';
import { Grid } from '../features/library/grid.tsx';
import '../features/library/library.css';
import { List } from '../features/library/list.tsx';
import { Overlays } from './overlays.tsx';
import { Sidebar } from './sidebar.tsx';
import { StatusBar } from './status-bar.tsx';
import { Toast } from './toast.tsx';
import { Toolbar } from './toolbar.tsx';
import { useRegions } from './use-regions.ts';

const noVms: ReadonlyMap<string, Vm> = new Map();

/** The library: what there is at the left, the machines, and everything about the chosen one at the right. */
export function LibraryWindow(): ReactElement {
  useShortcuts();
  useRegions();
  useWindowFocus();
  const vms = useLibrary((state) => state.vms);
  const sidebar = usePanel('sidebar').isShown;
  const inspector = usePanel('inspector').isShown;
  const page = useView((state) => state.page);
  const selection = useView((state) => state.selection);
  const showing = useView(({ filter, query, sort, descending }) => ({ filter, query, sort, descending }));
  const shown = shownVms(vms ?? noVms, showing);
  const chosen = shown.filter(({ id }) => selection.has(id));
  return (
    <TagColours value={useTagColours(vms ?? noVms)}>
      <div className="window" data-sidebar={sidebar || undefined}>
        {sidebar ? <Sidebar /> : null}
        <main className="main">
          {page !== 'machines' ? (
            <OtherPage page={page} />
          ) : (
            <>
              <Toolbar shownCount={shown.length} />
              <Banners />
              <div className="body">
                <div className="content">
                  <Content vms={vms} shown={shown} />
                  {chosen.length > 1 ? <MachineBulkBar chosen={chosen} /> : null}
                </div>
                {inspector && vms?.size !== 0 ? <Inspector chosen={chosen} /> : null}
              </div>
              <StatusBar shown={shown} />
            </>
          )}
        </main>
        <Overlays />
        <ImportByDrop />
        <Toast />
      </div>
    </TagColours>
  );
}

function OtherPage({ page }: { page: Exclude<Page, 'machines'> }): ReactElement {
  const banners = <Banners />;
  if (page === 'images') return <ImagesPage banners={banners} />;
  if (page === 'settings') return <SettingsPage banners={banners} />;
  return page === 'doctor' ? <DoctorPage banners={banners} /> : <NetworkPage banners={banners} />;
}

/** New only when the tags themselves change, so that chips are not drawn anew with every machine that does. */
function useTagColours(vms: ReadonlyMap<string, Vm>): ReadonlyMap<string, string> {
  const tags = tagsOf(vms)
    .map(([tag]) => tag)
    .join(',');
  return useMemo(() => tagColours(tags === '' ? [] : tags.split(',')), [tags]);
}

function Content({ vms, shown }: { vms: ReadonlyMap<string, Vm> | undefined; shown: readonly Vm[] }): ReactElement {
  const view = useView((state) => state.view);
  useEffect(() => {
    // The keyboard was in the view that went away.
    if (document.activeElement === document.body) document.querySelector<HTMLElement>('.pane')?.focus();
  }, [view]);
  if (vms === undefined) return <Loading />;
  if (vms.size === 0) return <FirstRun />;
  if (shown.length === 0) return <NothingShown />;
  return view === 'icons' ? <Grid vms={shown} /> : <List vms={shown} />;
}

/** Under this, in milliseconds, nothing is shown: a flash would only disturb. */
const quietMs = 200;

function Loading(): ReactElement {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), quietMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="pane skeletons" aria-busy="true" aria-label="Loading">
      {isSlow ? Array.from({ length: 6 }, (_, index) => <div key={index} className="skeleton" />) : null}
    </div>
  );
}

/** An inactive window is told by its colours. */
function useWindowFocus(): void {
  useEffect(() => {
    const tell = (): void => {
      document.documentElement.toggleAttribute('data-inactive', !document.hasFocus());
    };
    tell();
    window.addEventListener('focus', tell);
    window.addEventListener('blur', tell);
    return () => {
      window.removeEventListener('focus', tell);
      window.removeEventListener('blur', tell);
    };
  }, []);
}
