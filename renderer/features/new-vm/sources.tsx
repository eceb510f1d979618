import type { ReactElement } from 'react';
import type { Host } from '../../../electron/contract/host.ts';
import { diskText } from '../../../electron/contract/words/sizes.ts';
import { Icon, type IconName } from '../../components/icon.tsx';
import { onRadioKey } from '../../components/radio-keys.ts';
import type { Draft } from './draft.ts';
import type { MadeFrom } from './made-from.ts';

/** What a machine can be made from here, one of it chosen. */
export function Sources({
  draft,
  host,
  onChange,
}: {
  draft: Draft;
  host: Host;
  onChange: (changes: Partial<Draft>) => void;
}): ReactElement {
  const { demoGuest } = host;
  const noMac = whyNoMac(host);
  return (
    <div className="sources" role="radiogroup" aria-label="What to run" onKeyDown={onRadioKey}>
      <Source
        from="demo"
        draft={draft}
        icon="terminal"
        title="Demo Linux"
        text={
          demoGuest.available ? 'Ready to start. For trying things out' : (demoGuest.reason ?? 'It can’t be made here.')
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
