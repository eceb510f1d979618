import { type ReactElement, useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { Host } from '../../../electron/contract/host.ts';
import type { ImportReport } from '../../../electron/contract/imports.ts';
import { Button } from '../../components/button.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { type Given, givenPath } from '../../files/given.ts';
import { type App, useApp, useLibrary } from '../../state/app.tsx';
import { useChooser } from '../file-chooser/use-chooser.tsx';
import { FileOffer } from './file-offer.tsx';
import { ImportDraft, type Incoming, problemOf } from './import-draft.ts';
import { IncomingPart } from './incoming-part.tsx';
import './import.css';

/** What was dropped or chosen: what each is, what it becomes, and the few things that only a person knows. */
export function ImportSheet({ given, onClose }: { given: readonly Given[]; onClose: () => void }): ReactElement | null {
  const host = useLibrary((state) => state.host);
  return host === undefined ? null : <Parts host={host} given={given} onClose={onClose} />;
}

function Parts({ host, given, onClose }: { host: Host; given: readonly Given[]; onClose: () => void }): ReactElement {
  const app = useApp();
  const [draft] = useState(() => new ImportDraft(app.client, host.arch));
  const all = useStore(draft.store);
  const { choose, sheet } = useChooser();
  const [isStarting, setStarting] = useState(false);
  useEffect(() => () => draft.close(), [draft]);
  useEffect(() => draft.add(given), [draft, given]);
  const [only] = all;
  const disc = all.length === 1 && only !== undefined ? installerOf(only) : undefined;
  useEffect(() => {
    if (disc !== undefined) makeFrom(app, disc);
  }, [app, disc]);

  const machines = all.filter(({ state }) => state.step === 'known' && state.report.result === 'machine');
  const problems = machines.map((one) => problemOf(one, all)).filter((problem) => problem !== undefined);
  const isBusy = all.some(({ state }) => state.step === 'sending' || state.step === 'looking');
  const begin = async (): Promise<void> => {
    setStarting(true);
    for (const { key } of machines) await draft.start(key);
    setStarting(false);
    if (draft.store.getState().length > 0) return;
    app.view.setState({ page: 'machines', filter: { by: 'all' }, query: '' });
    onClose();
  };
  const add = (path: string): void => draft.add([givenPath(path)]);
  return (
    <Sheet
      title={titleOf(all)}
      onClose={onClose}
      footer={
        <>
          <Button className="button push" onClick={onClose}>
            {machines.length === 0 && !isBusy && all.length > 0 ? 'Close' : 'Cancel'}
          </Button>
          {machines.length === 0 && !isBusy && all.length > 0 ? null : (
            <Button
              look="filled"
              disabled={machines.length === 0 || problems.length > 0 || isBusy || isStarting}
              title={problems[0] ?? (isBusy ? 'Not everything has been looked at yet.' : undefined)}
              onClick={() => void begin()}
            >
              {machines.length > 1 ? `Import ${machines.length}` : 'Import'}
            </Button>
          )}
        </>
      }
    >
      {all.length === 0 ? (
        <FileOffer
          onHost={() => choose({ title: 'Choose What to Import', kind: 'any' }, add)}
          onGiven={(more) => draft.add(more)}
        />
      ) : (
        all.map((one) => (
          <IncomingPart
            key={one.key}
            one={one}
            all={all}
            host={host}
            onChoose={(changes) => draft.choose(one.key, changes)}
            onRemove={all.length > 1 ? () => draft.remove(one.key) : undefined}
            onMake={(found) => makeFrom(app, found)}
            onInstall={({ path }) => app.view.setState({ overlay: { kind: 'new-vm', ipsw: path } })}
          />
        ))
      )}
      {sheet}
    </Sheet>
  );
}

type Installer = Extract<ImportReport, { result: 'installer' }>;

function installerOf({ state }: Incoming): Installer | undefined {
  return state.step === 'known' && state.report.result === 'installer' ? state.report : undefined;
}

/** The sheet for a new machine takes over, with the disc in its drive. */
function makeFrom({ view }: App, { isoPath, suggestedName, arch }: Installer): void {
  view.setState({ overlay: { kind: 'new-vm', from: 'iso', disc: { path: isoPath, suggestedName, arch } } });
}

function titleOf(all: readonly Incoming[]): string {
  const [only] = all;
  if (only === undefined) return 'Import';
  return all.length === 1 ? `Import “${only.name}”` : `Import ${all.length} Files`;
}
