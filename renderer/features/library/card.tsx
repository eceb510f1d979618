import { memo, type MouseEvent, type ReactElement, type ReactNode } from 'react';
import type { MachineVm, Vm, VmId } from '../../../electron/contract/machine.ts';
import { allowedVerbs } from '../../../electron/contract/verbs.ts';
import { runCommand } from '../../commands/library-commands.ts';
import { Icon } from '../../components/icon.tsx';
import { HealthMark } from '../../components/health-mark.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { useApp } from '../../state/app.tsx';
import { diskText } from '../../../electron/contract/words/sizes.ts';
import { exactText } from '../../words/times.ts';
import { stateOf } from '../../words/state-words.ts';
import { useNow } from '../../words/use-now.ts';
import { NameOf } from './name.tsx';
import { ScreenPicture } from './picture.tsx';
import { statusLine, systemText } from '../../words/status-line.ts';
import { itemId, openingOf } from './use-items.ts';

export interface ItemProps {
  readonly vm: Vm;
  readonly isSelected: boolean;
  readonly isFocused: boolean;
  readonly onChoose: (id: VmId, event: MouseEvent) => void;
  readonly onOpen: (vm: Vm) => void;
}

/** A VM as a card: its screen, name, state and the one thing to know. */
export const Card = memo(function Card({ vm, isSelected, isFocused, onChoose, onOpen }: ItemProps): ReactElement {
  return (
    <div
      id={itemId(vm.id)}
      className="card"
      role="option"
      aria-selected={isSelected}
      data-selected={isSelected || undefined}
      data-focused={isFocused || undefined}
      data-unreadable={vm.kind === 'unreadable' || undefined}
      onMouseDown={(event) => onChoose(vm.id, event)}
      onDoubleClick={() => onOpen(vm)}
    >
      {vm.kind === 'machine' ? <MachineCard vm={vm} /> : <UnreadableCard vm={vm} />}
    </div>
  );
});

function MachineCard({ vm }: { vm: MachineVm }): ReactElement {
  const app = useApp();
  const isBusy = stateOf(vm).look === 'busy';
  useNow(isBusy ? 1_000 : 30_000);
  const line = statusLine(vm);
  const canOpen = allowedVerbs(vm).has('openConsole');
  return (
    <>
      <div className="card-picture" title={openingOf(vm)}>
        <ScreenPicture vm={vm} />
        {isBusy ? <span className="busy-bar" /> : null}
        {canOpen ? (
          <MouseButton title={`Open Console of ${vm.name}`} onClick={() => app.shell.openConsole(vm.id)}>
            <Icon name="terminal" />
          </MouseButton>
        ) : null}
      </div>
      <div className="card-text">
        <div className="card-line">
          <NameOf vm={vm} />
          <StateMark vm={vm} />
        </div>
        <div className="card-line secondary">
          <span className="cut grow">{systemText(vm)}</span>
          <span title="On this disk">{diskText(vm.allocatedBytes)}</span>
        </div>
        <div className="card-line last" data-failed={line.failed === true ? true : undefined}>
          <span
            className={line.mono === true ? 'cut grow mono' : 'cut grow'}
            title={line.failed === true ? line.text : exactText(vm.accessedAt)}
          >
            {line.text}
          </span>
          {vm.supervision?.health === undefined ? null : <HealthMark health={vm.supervision.health} />}
          {vm.state.phase === 'failed' ? (
            <MouseButton title="Try again" onClick={() => runCommand(app, 'machine.start', { machines: [vm] })}>
              Try Again
            </MouseButton>
          ) : null}
          {vm.state.phase === 'paused' && vm.state.error !== undefined ? (
            <MouseButton title="Resume" onClick={() => runCommand(app, 'machine.resume', { machines: [vm] })}>
              Resume
            </MouseButton>
          ) : null}
        </div>
      </div>
    </>
  );
}

/**
 * A shortcut for the mouse inside a card. An option may hold no control of its own; keyboard and reader have the same verb
 * in the inspector, the menus and at its key.
 */
function MouseButton({
  title,
  onClick,
  children,
}: {
  title: string;
  onClick: () => void;
  children: ReactNode;
}): ReactElement {
  return (
    <span
      className="mouse-button"
      title={title}
      aria-hidden="true"
      onClick={onClick}
      onDoubleClick={(event) => event.stopPropagation()}
    >
      {children}
    </span>
  );
}

function UnreadableCard({ vm }: { vm: Extract<Vm, { kind: 'unreadable' }> }): ReactElement {
  return (
    <>
      <div className="card-picture">
        <span className="no-picture">
          <Icon name="unlink" size={20} />
          <span>No picture</span>
        </span>
      </div>
      <div className="card-text">
        <div className="card-line">
          <NameOf vm={vm} />
          <StateMark vm={vm} />
        </div>
        <div className="card-line secondary">
          <span className="cut grow" title={vm.reason}>
            {vm.reason}
          </span>
        </div>
        <div className="card-line last secondary">{diskText(vm.allocatedBytes)}</div>
      </div>
    </>
  );
}
