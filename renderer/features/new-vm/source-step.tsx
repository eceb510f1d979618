import type { ReactElement } from 'react';
import type { Host } from '../../../electron/contract/host.ts';
import { Button } from '../../components/button.tsx';
import { FormRow } from '../../components/field.tsx';
import { Icon, type IconName } from '../../components/icon.tsx';
import { Note } from '../../components/note.tsx';
import { onRadioKey } from '../../components/radio-keys.ts';
import { diskText } from '../../../electron/contract/words/sizes.ts';
import { useChooser } from '../file-chooser/use-chooser.tsx';
import { MacSourcePart } from '../new-macos/mac-source-part.tsx';
import type { MacFinding } from '../new-macos/use-mac-report.ts';
import type { Draft } from './draft.ts';
import type { MadeFrom } from './made-from.ts';

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
  const { demoGuest } = host;
  const noMac = whyNoMac(host);
  return (
    <>
      <div className="sources" role="radiogroup" aria-label="What to run" onKeyDown={onRadioKey}>
        <Source
          from="demo"
          draft={draft}
          icon="terminal"
          title="Demo Linux"
          text={
            demoGuest.available
              ? 'Ready to start. For trying things out'
              : (demoGuest.reason ?? 'It can’t be made here.')
          }
          size={diskText(demoGuest.bytes)}
          disabled={!demoGuest.available}
          onChange={onChange}
        />
        <Source
          from="macos"
          draft={draft}
          icon="laptop"
          title="macOS installer"
          text={noMac ?? 'From Apple’s restore image; choose the version below'}
          size={noMac === undefined ? 'about 15 GB' : ''}
          disabled={noMac !== undefined}
          onChange={onChange}
        />
        <Source
          from="iso"
          draft={draft}
          icon="disc"
          title="Linux installer"
          text="From an ISO on this computer"
          size="your file"
          onChange={onChange}
        />
        <Source
          from="empty"
          draft={draft}
          icon="drive"
          title="Empty Linux disk"
          text="Bring your own boot medium later"
          size="0 GB"
          onChange={onChange}
        />
      </div>
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

/** Why this host installs no macOS; undefined if it does. */
export function whyNoMac({ guests }: Host): string | undefined {
  const mac = guests.find(({ os }) => os === 'darwin');
  return mac === undefined ? 'macOS guests need a Mac with Apple silicon.' : mac.notAvailable;
}

function Source({
  from,
  draft,
  icon,
  title,
  text,
  size,
  disabled = false,
  onChange,
}: {
  from: MadeFrom;
  draft: Draft;
  icon: IconName;
  title: string;
  text: string;
  size: string;
  disabled?: boolean;
  onChange: (changes: Partial<Draft>) => void;
}): ReactElement {
  return (
    <button
      type="button"
      className="source"
      role="radio"
      aria-checked={draft.from === from}
      tabIndex={draft.from === from ? 0 : -1}
      disabled={disabled}
      onClick={() => onChange({ from })}
    >
      <span className="source-icon">
        <Icon name={icon} size={20} />
      </span>
      <span className="grow">
        <b>{title}</b>
        <span className="secondary">{text}</span>
      </span>
      <span className="caption">{size}</span>
    </button>
  );
}

/** How a guest of this host's own kind will run. */
function Abilities({ host }: { host: Host }): ReactElement | null {
  const own = host.guests.find(({ os, arch }) => os === 'linux' && arch === host.arch);
  if (own?.notAvailable !== undefined) return <Note look="failed">{own.notAvailable}</Note>;
  if (own?.accelerator === undefined) return null;
  return <Note>Linux runs here with {own.accelerator}.</Note>;
}
