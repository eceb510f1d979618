import type { ReactElement } from 'react';
import { commandById, type CommandId } from '../../../electron/contract/commands/commands.ts';
import type { Vm } from '../../../electron/contract/machine.ts';
import { keysOf } from '../../commands/accelerator.ts';
import { type ConsoleCommand, consoleCommands } from '../../commands/console-commands.ts';
import { Button, IconButton } from '../../components/button.tsx';
import type { IconName } from '../../components/icon.tsx';
import { Menu, MenuHeading, MenuItem, MenuSeparator } from '../../components/menu.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { shell } from '../../client/shell.ts';
import { chords } from './chords.ts';
import type { ScreenActions } from './use-screen-actions.ts';

/** What the toolbar's buttons do beside commands. */
export interface ToolbarActions extends Pick<ScreenActions, 'sendChord' | 'savePicture' | 'onMenuClosed'> {
  readonly run: (command: CommandId) => void;
  readonly onTypeText: () => void;
}

/** Name, state and verbs of the machine, and what can be done with its screen. */
export function ConsoleToolbar({
  vm,
  name,
  enabled,
  isLive,
  takesKeys,
  isBusy,
  isSerialOpen,
  actions,
}: {
  vm: Vm | undefined;
  /** Known before the VM is. */
  name: string;
  /** The commands that can be run now. */
  enabled: readonly ConsoleCommand[];
  isLive: boolean;
  /** Whether keys can be sent to the guest other than by typing them. */
  takesKeys: boolean;
  /** A verb was asked for and has not been answered. */
  isBusy: boolean;
  isSerialOpen: boolean;
  actions: ToolbarActions;
}): ReactElement {
  const buttons = enabled.filter(({ verb, destructive }) => verb !== undefined && destructive !== true);
  return (
    <header className="console-toolbar" data-region>
      {shell().kind === 'desktop' && shell().platform === 'darwin' ? <span className="traffic-lights" /> : null}
      <div className="console-title">
        <h1 className="cut">{name}</h1>
        <span className="caption cut">{vm?.kind === 'machine' ? systemOf(vm) : ' '}</span>
      </div>
      {vm === undefined ? null : <StateMark vm={vm} />}
      <span className="grow" />
      <div className="row" role="toolbar" aria-label="Machine">
        {buttons.map((command) => {
          const keys = keysOf(command, shell());
          return (
            <Button
              key={command.id}
              icon={command.icon as IconName}
              disabled={isBusy}
              title={keys === undefined ? titleOf(command, vm) : `${titleOf(command, vm)} (${keys})`}
              onClick={() => actions.run(command.id)}
            >
              <span className="verb-title">{titleOf(command, vm)}</span>
            </Button>
          );
        })}
        <MoreMenu enabled={enabled} actions={actions} />
      </div>
      <span className="divider" />
      <div className="row tight" role="toolbar" aria-label="Screen">
        <KeysMenu takesKeys={takesKeys} actions={actions} />
        <IconButton icon="camera" label="Save Picture of Screen" disabled={!isLive} onClick={actions.savePicture} />
        <IconButton
          icon="terminal"
          label="Serial Console"
          keys={keysOf(commandById('view.serial'), shell())}
          aria-pressed={isSerialOpen}
          onClick={() => actions.run('view.serial')}
        />
        <IconButton
          icon="full-screen"
          label="Full Screen"
          keys={keysOf(commandById('view.fullScreen'), shell())}
          onClick={() => actions.run('view.fullScreen')}
        />
      </div>
    </header>
  );
}

function systemOf(vm: Extract<Vm, { kind: 'machine' }>): string {
  const system = vm.annotations.system === '' ? (vm.os === 'darwin' ? 'macOS' : 'Linux') : vm.annotations.system;
  return `${system}, ${vm.arch}`;
}

/** A suspended machine starts where it was, so its verb is called Resume. */
function titleOf({ title, verb }: ConsoleCommand, vm: Vm | undefined): string {
  const isSuspended = vm?.kind === 'machine' && vm.state.phase === 'suspended';
  return verb === 'start' && isSuspended ? 'Resume' : title;
}

/** The verbs that lose something, greyed where they can't work, and the way back to the library. */
function MoreMenu({ enabled, actions }: { enabled: readonly ConsoleCommand[]; actions: ToolbarActions }): ReactElement {
  return (
    <Menu trigger={<IconButton icon="more" label="More" />} onCloseAutoFocus={actions.onMenuClosed}>
      {consoleCommands
        .filter(({ destructive }) => destructive === true)
        .map((command) => (
          <MenuItem
            key={command.id}
            destructive
            disabled={!enabled.includes(command)}
            keys={keysOf(command, shell())}
            onSelect={() => actions.run(command.id)}
          >
            {command.title}
          </MenuItem>
        ))}
      <MenuSeparator />
      <MenuItem keys={keysOf(commandById('window.library'), shell())} onSelect={() => actions.run('window.library')}>
        {commandById('window.library').title}
      </MenuItem>
    </Menu>
  );
}

function KeysMenu({ takesKeys, actions }: { takesKeys: boolean; actions: ToolbarActions }): ReactElement {
  const groups = [...Map.groupBy(chords, ({ group }) => group).values()];
  return (
    <Menu
      trigger={<IconButton icon="keyboard" label="Send Keys" disabled={!takesKeys} />}
      onCloseAutoFocus={actions.onMenuClosed}
    >
      <MenuHeading>Send Keys</MenuHeading>
      {groups.map((group) => [
        ...group.map((chord) => (
          <MenuItem key={chord.id} onSelect={() => actions.sendChord(chord)}>
            {chord.title}
          </MenuItem>
        )),
        <MenuSeparator key={`after ${group[0]?.id ?? ''}`} />,
      ])}
      <MenuItem onSelect={actions.onTypeText}>Type Text…</MenuItem>
    </Menu>
  );
}
