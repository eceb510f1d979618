import type { ReactElement } from 'react';
import type { CommandId } from '../../../electron/contract/commands/commands.ts';
import type { MachineVm, Vm } from '../../../electron/contract/machine.ts';
import { isAlive } from '../../../electron/contract/verbs.ts';
import { keysOf } from '../../commands/accelerator.ts';
import { runCommand } from '../../commands/library-commands.ts';
import { offersIn } from '../../commands/offers.ts';
import { OfferItems } from '../../collection/offers-menu.tsx';
import { Button, IconButton } from '../../components/button.tsx';
import type { IconName } from '../../components/icon.tsx';
import { Menu } from '../../components/menu.tsx';
import { Note } from '../../components/note.tsx';
import { Problem } from '../../components/problem.tsx';
import { StateMark } from '../../components/state-mark.tsx';
import { useApp } from '../../state/app.tsx';
import { diskText } from '../../../electron/contract/words/sizes.ts';
import { agoText } from '../../../electron/contract/words/times.ts';
import { sinceText } from '../../words/times.ts';
import { useNow } from '../../words/use-now.ts';
import { archText, statusLine, systemText } from '../../words/status-line.ts';
import { Events } from './events.tsx';
import { Health } from './health.tsx';
import { KeepRunning } from './supervision.tsx';
import { Address, Use } from './live-facts.tsx';
import { NetworkSection } from './network.tsx';
import { NotesAndTags } from './notes-and-tags.tsx';
import { PortForwards } from './port-forwards.tsx';
import { Schedule } from './schedule.tsx';
import { Settings } from './settings.tsx';
import { ExtraDisks, SharedFolders } from './shares.tsx';
import { UsageCharts } from './usage.tsx';
import './inspector.css';

/** Everything about the chosen machine, and what can be changed of it. */
export function Inspector({ chosen }: { chosen: readonly Vm[] }): ReactElement {
  const [vm] = chosen;
  return (
    <aside className="inspector" data-region="inspector" aria-label="Inspector" tabIndex={-1}>
      {vm === undefined || chosen.length > 1 ? (
        <p className="inspector-empty">
          {chosen.length > 1 ? `${chosen.length} machines selected` : 'No machine selected'}
        </p>
      ) : vm.kind === 'unreadable' ? (
        <Unreadable vm={vm} />
      ) : (
        <Machine key={vm.id} vm={vm} />
      )}
    </aside>
  );
}

function Unreadable({ vm }: { vm: Extract<Vm, { kind: 'unreadable' }> }): ReactElement {
  const app = useApp();
  return (
    <section>
      <Heading vm={vm} />
      <Note look="warning">
        <b>{vm.reason}.</b> The folder is left as it is. Repair its files, or move it to the Trash.
      </Note>
      <p className="mono path">{vm.folder}</p>
      <p className="secondary">{diskText(vm.allocatedBytes)} on disk</p>
      <Button icon="trash" onClick={() => runCommand(app, 'machine.delete', { machines: [vm] })}>
        Move to Trash…
      </Button>
    </section>
  );
}

function Heading({ vm }: { vm: Vm }): ReactElement {
  return (
    <div className="inspector-heading">
      <h2 className="cut" title={vm.name}>
        {vm.name}
      </h2>
      <StateMark vm={vm} />
    </div>
  );
}

function Machine({ vm }: { vm: MachineVm }): ReactElement {
  const { state } = vm;
  useNow(state.phase === 'running' ? 10_000 : 1_000);
  const isLive = isAlive(state.phase);
  return (
    <>
      <section>
        <Heading vm={vm} />
        <p className="secondary">{subtitle(vm)}</p>
        <Verbs vm={vm} />
        {state.phase === 'failed' ? <Problem error={state.error} /> : null}
        {state.phase === 'paused' && state.error !== undefined ? <Problem error={state.error} /> : null}
        {state.phase === 'running' && state.warning !== undefined ? <Note look="warning">{state.warning}</Note> : null}
        {vm.notRunnable === undefined ? null : <Note look="warning">{vm.notRunnable}</Note>}
      </section>
      {isLive ? (
        <section>
          <dl className="facts">
            <Address vm={vm} />
            {state.phase === 'running' && state.owner === 'tatin' ? <Use vm={vm} /> : null}
          </dl>
        </section>
      ) : null}
      <Settings vm={vm} />
      <NetworkSection vm={vm} />
      <PortForwards vm={vm} />
      <SharedFolders vm={vm} />
      <ExtraDisks vm={vm} />
      <UsageCharts vm={vm} />
      <KeepRunning vm={vm} />
      <Health vm={vm} />
      <Schedule vm={vm} />
      <Events vm={vm} />
      <NotesAndTags vm={vm} />
    </>
  );
}

function subtitle(vm: MachineVm): string {
  const system = `${systemText(vm)}, ${archText(vm)}`;
  if (vm.state.phase === 'running') return `${system} · up ${sinceText(vm.state.since)}`;
  if (isAlive(vm.state.phase)) return `${system} · ${statusLine(vm).text}`;
  return `${system} · last used ${agoText(vm.accessedAt)}`;
}

const mainVerbs: readonly CommandId[] = ['machine.start', 'machine.console', 'machine.resume'];

/** One filled button for the likely step, and the other verbs as icons. */
function Verbs({ vm }: { vm: MachineVm }): ReactElement {
  const app = useApp();
  const offered = offersIn('inspector', app, { machines: [vm] });
  const main = mainVerbs
    .map((id) => offered.find(({ command }) => command.id === id))
    .find((offer) => offer !== undefined);
  return (
    <div className="inspector-verbs">
      {main === undefined ? null : (
        <Button look="filled" icon={main.command.icon as IconName} onClick={main.run}>
          {vm.state.phase === 'suspended' && main.command.verb === 'start' ? 'Resume' : main.label}
        </Button>
      )}
      {offered
        .filter((offer) => offer !== main)
        .map(({ command, label, run }) => (
          <IconButton
            key={command.id}
            icon={command.icon as IconName}
            label={label}
            keys={keysOf(command, app.shell)}
            onClick={run}
          />
        ))}
      <MoreVerbs vm={vm} />
    </div>
  );
}

function MoreVerbs({ vm }: { vm: MachineVm }): ReactElement {
  const offers = offersIn('context', useApp(), { machines: [vm] });
  return (
    <Menu trigger={<IconButton icon="more" label="More" />}>
      <OfferItems offers={offers.filter(({ command }) => command.places?.includes('inspector') !== true)} />
    </Menu>
  );
}
