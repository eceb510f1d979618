import type { ReactElement } from 'react';
import type { Host } from '../../../electron/contract/host.ts';
import { Button } from '../../components/button.tsx';
import { FormRow } from '../../components/field.tsx';
import { Note } from '../../components/note.tsx';
import { useChooser } from '../file-chooser/use-chooser.tsx';
import { MacSourcePart } from '../new-macos/mac-source-part.tsx';
import type { MacFinding } from '../new-macos/use-mac-report.ts';
import type { Draft } from './draft.ts';
import { Sources } from './sources.tsx';

/** The first step: where the system comes from. */
export function SourceStep({
  draft,
  host,
  mac,
  onChange,
  onLookAgain,
}: {
  draft: Draft;
  host: Host;
  /** What is known of the macOS that was chosen. */
  mac: MacFinding | undefined;
  onChange: (changes: Partial<Draft>) => void;
  onLookAgain: () => void;
}): ReactElement {
  const { choose, sheet } = useChooser();
  return (
    <>
      <Sources draft={draft} host={host} onChange={onChange} />
      {draft.from === 'iso' ? (
        <FormRow label="Disc">
          <div className="form-line">
            <span className="cut grow mono" title={draft.isoPath}>
              {draft.isoPath ?? <span className="secondary">none chosen</span>}
            </span>
            <Button
              onClick={() =>
                choose({ title: 'Choose an Installer Disc', kind: 'file', extensions: ['.iso', '.img'] }, (isoPath) =>
                  onChange({ isoPath, arch: undefined }),
                )
              }
            >
              Choose ISO…
            </Button>
          </div>
        </FormRow>
      ) : null}
      {draft.from === 'macos' ? (
        <MacSourcePart
          source={draft.macSource}
          finding={mac}
          onChange={(macSource) => onChange({ macSource })}
          onLookAgain={onLookAgain}
        />
      ) : (
        <Abilities host={host} />
      )}
      {sheet}
    </>
  );
}

/** How a guest of this host's own kind will run. */
function Abilities({ host }: { host: Host }): ReactElement | null {
  const own = host.guests.find(({ os, arch }) => os === 'linux' && arch === host.arch);
  if (own?.notAvailable !== undefined) return <Note look="failed">{own.notAvailable}</Note>;
  if (own?.accelerator === undefined) return null;
  return <Note>Linux runs here with {own.accelerator}.</Note>;
}
