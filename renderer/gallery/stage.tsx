import type { ReactElement, ReactNode } from 'react';
import { AppProvider } from '../state/app.tsx';
import { followLibrary } from '../state/library-store.ts';
import { openView, type ViewState } from '../state/view-store.ts';
import { type FakeClient, fakeClient } from '../testing/fake-client.ts';
import { fakeShell } from '../testing/fake-shell.ts';
import { linuxHost, machine, variedLibrary } from '../testing/fixtures.ts';
import { LibraryWindow } from '../window/library-window.tsx';
import type { Scene } from './scene.ts';

/** What stands behind a scene. */
export interface Stage {
  readonly start?: Parameters<typeof fakeClient>[0];
  readonly view?: Partial<ViewState>;
  /** Refusals and calls that are held back, before anything is asked. */
  readonly prepare?: (client: FakeClient) => void;
  readonly until?: string;
}

/** Nothing that is done in the gallery is kept for the next time. */
const noStorage = { getItem: () => null, setItem: () => undefined };

function onStage({ start, view, prepare }: Stage, children: (client: FakeClient) => ReactNode): ReactElement {
  const client = fakeClient(start);
  prepare?.(client);
  const app = { client, shell: fakeShell(), library: followLibrary(client), view: openView(noStorage) };
  app.view.setState(view ?? {});
  return <AppProvider app={app}>{children(client)}</AppProvider>;
}

/** The library window, as a whole. */
export function windowScene(id: string, title: string, stage: Stage): Scene {
  const show = (): ReactElement => onStage(stage, () => <LibraryWindow />);
  return { id, title, part: 'page', ...untilOf(stage), show };
}

/** A page that is not the library window. */
export function pageScene(id: string, title: string, page: (client: FakeClient) => ReactNode): Scene {
  return { id, title, part: 'page', show: () => onStage({}, page) };
}

/** What lies over the library window. */
export function sheetScene(id: string, title: string, overlay: ViewState['overlay'], stage: Stage = {}): Scene {
  const start = { vms: [machine('web-server')], ...stage.start };
  const show = (): ReactElement =>
    onStage({ ...stage, start, view: { ...stage.view, overlay } }, () => <LibraryWindow />);
  return { id, title, part: 'sheet', ...untilOf(stage), show };
}

/** A sheet that no overlay of the library window opens. */
export function ownSheetScene(id: string, title: string, sheet: () => ReactElement, stage: Stage = {}): Scene {
  const show = (): ReactElement => onStage(stage, sheet);
  return { id, title, part: 'sheet', ...untilOf(stage), show };
}

/** Components beside each other on an empty page. */
export function partsScene(id: string, title: string, parts: () => ReactNode, stage: Stage = {}): Scene {
  const show = (): ReactElement => onStage(stage, () => <main className="gallery-parts">{parts()}</main>);
  return { id, title, part: 'page', ...untilOf(stage), show };
}

function untilOf({ until }: Stage): { until?: string } {
  return until === undefined ? {} : { until };
}

/** A library with a machine in each state, on a host that runs Linux. */
export const variedStart = { vms: variedLibrary(), host: linuxHost() };
