import { type ReactElement, useState } from 'react';
import type { Client } from '../../../electron/contract/contract.ts';
import type { MachineVm } from '../../../electron/contract/machine.ts';
import { IconButton } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { Menu, MenuChoice, MenuChoices } from '../../components/menu.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { StateGlyph } from '../../components/state-mark.tsx';
import { durationText } from '../../../electron/contract/words/durations.ts';
import { diskText, memoryOfText, memoryText } from '../../../electron/contract/words/sizes.ts';
import { useNow } from '../../words/use-now.ts';
import type { Scaling, ScreenSnapshot } from './screen-session.ts';
import { useAgent, useUsage } from './use-usage.ts';

/** Facts about the running machine, who has the keyboard, and how large its screen is shown. */
export function StatusBar({
  client,
  machine,
  isOurs,
  picture,
  isLive,
  captured,
  releaseKeys,
  notice,
  size = picture.size,
  screenMenu,
  onScaling,
}: {
  client: Client;
  machine: MachineVm | undefined;
  isOurs: boolean;
  picture: ScreenSnapshot;
  isLive: boolean;
  captured: boolean;
  releaseKeys: string;
  /** Something that was just done: "Saved demo.png". */
  notice: string;
  /** Of the guest's display in its pixels, if the picture does not say. */
  size?: ScreenSnapshot['size'];
  /** In place of the menu of scales. */
  screenMenu?: ReactElement | undefined;
  onScaling: (scaling: Scaling) => void;
}): ReactElement {
  const isRunning = isOurs && machine?.state.phase === 'running';
  return (
    <footer className="status-bar" data-region>
      {machine === undefined ? null : isRunning ? (
        <RunningFacts client={client} machine={machine} />
      ) : (
        <span>{resourcesOf(machine)}</span>
      )}
      <span className="cut" role="status">
        {notice}
      </span>
      <span className="grow" />
      {isLive ? (
        <>
          <span className="captured" data-captured={captured || undefined}>
            <Icon name="keyboard" />
            {captured ? `Captured, ${releaseKeys} releases` : 'Released, click the screen to type'}
          </span>
          {size === undefined ? null : (
            <span>
              {size.width} × {size.height}
            </span>
          )}
          {screenMenu ?? <ScaleMenu picture={picture} onScaling={onScaling} />}
        </>
      ) : null}
    </footer>
  );
}

/** What the machine has, for when nothing can be measured. */
function resourcesOf({ cpuCount, memoryBytes, diskBytes }: MachineVm): string {
  const cpus = `${cpuCount} ${cpuCount === 1 ? 'CPU' : 'CPUs'}`;
  return `${cpus}, ${memoryText(memoryBytes)} memory, ${diskText(diskBytes)} disk`;
}

function RunningFacts({ client, machine }: { client: Client; machine: MachineVm }): ReactElement {
  const usage = useUsage(client, machine.id, true);
  const agent = useAgent(client, machine.id, true);
  const now = useNow(1000);
  const last = usage.at(-1);
  const since = 'since' in machine.state ? Date.parse(machine.state.since) : now;
  return (
    <>
      <Address ip={machine.address?.ip} />
      <span>Up {durationText(now - since)}</span>
      {last === undefined ? null : (
        <>
          <span className="fact">
            CPU <Sparkline values={usage.map(({ cpuFraction }) => cpuFraction)} />
            {Math.round(last.cpuFraction * 100)} %
          </span>
          <span className="fact">
            Memory{' '}
            <Sparkline series="second" values={usage.map(({ memoryBytes }) => memoryBytes / machine.memoryBytes)} />
            {memoryOfText(last.memoryBytes, machine.memoryBytes)}
          </span>
        </>
      )}
      {agent === undefined ? null : (
        <span className="fact agent" data-available={agent.available || undefined} title={agent.reason}>
          {agent.available ? <AgentGlyph /> : <StateGlyph look="unreadable" />}
          {agent.available ? 'Guest agent' : 'No guest agent'}
        </span>
      )}
    </>
  );
}

function AgentGlyph(): ReactElement {
  return (
    <svg viewBox="0 0 12 12" width={12} height={12} aria-hidden="true">
      <path
        fillRule="evenodd"
        d="M6 0a6 6 0 1 1 0 12A6 6 0 0 1 6 0Zm3.1 4.6c.6-.7-.4-1.6-1-.9L5.3 6.9 4 5.6c-.6-.6-1.6.3-.9 1l1.8 1.8c.3.3.7.2.9 0Z"
      />
    </svg>
  );
}

function Address({ ip }: { ip: string | undefined }): ReactElement {
  const [copied, setCopied] = useState<string>();
  if (ip === undefined) return <span>No address yet</span>;
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(ip);
      setCopied(ip);
    } catch {
      setCopied(undefined);
    }
  };
  return (
    <span className="fact address">
      <code>{ip}</code>
      <IconButton
        icon={copied === ip ? 'check' : 'copy'}
        label={copied === ip ? 'Copied' : 'Copy Address'}
        size="small"
        iconSize={12}
        onClick={() => void copy()}
      />
    </span>
  );
}

const scalingTitles: Record<Scaling, string> = {
  fit: 'Fit the Window',
  actual: '100 %',
  guest: 'Resize the Guest',
};

function ScaleMenu({
  picture: { scale, scaling },
  onScaling,
}: {
  picture: ScreenSnapshot;
  onScaling: (scaling: Scaling) => void;
}): ReactElement {
  const percent = scale === undefined ? '' : `${Math.round(scale * 100)} %`;
  const text = scaling === 'actual' ? '100 %' : `${scaling === 'fit' ? 'Fit' : 'Resized'}, ${percent}`;
  return (
    <Menu
      trigger={
        <button type="button" className="scale-button" aria-label={`Scale: ${text}`}>
          {text}
          <Icon name="up-down" size={12} />
        </button>
      }
    >
      <MenuChoices value={scaling} onValueChange={(value) => onScaling(value as Scaling)}>
        {Object.entries(scalingTitles).map(([value, title]) => (
          <MenuChoice key={value} value={value}>
            {title}
          </MenuChoice>
        ))}
      </MenuChoices>
    </Menu>
  );
}
