import type { ReactElement } from 'react';
import { Button, IconButton } from '../../components/button.tsx';
import { copyText } from '../../commands/attempt.ts';
import { useApp } from '../../state/app.tsx';
import { isAlive } from '../../../electron/contract/verbs.ts';
import type { MachineVm } from '../../../electron/contract/machine.ts';
import { type ForwardRow, useAllForwards } from './use-all-forwards.ts';

/** Every port of this host that leads into a machine: where a port is taken, one sees by whom. */
export function ForwardsCard(): ReactElement {
  const app = useApp();
  const rows = useAllForwards();
  const show = (vm: MachineVm): void =>
    app.view.setState({
      ...{ page: 'machines', filter: { by: 'all' }, query: '', selection: new Set([vm.id]), focus: vm.id },
    });
  return (
    <section className="group" aria-label="Port Forwards">
      <header>
        <h2 className="grow">Port Forwards</h2>
      </header>
      {rows.length === 0 ? (
        <p className="group-body secondary">
          None yet. A forward lets you reach a service inside a machine at a port of this computer; machines have theirs
          in the inspector.
        </p>
      ) : (
        <table className="page-table" aria-label="Port forwards">
          <thead>
            <tr>
              <th>Here</th>
              <th>In the Machine</th>
              <th>Machine</th>
              <th>State</th>
              <th>Label</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => {
              const { vm, forward } = row;
              const here = `${forward.hostAddress}:${forward.hostPort}`;
              return (
                <tr key={`${vm.id} ${forward.protocol} ${here}`}>
                  <td>
                    <code>{here}</code>{' '}
                    <IconButton
                      size="small"
                      iconSize={12}
                      icon="copy"
                      label={`Copy ${here}`}
                      onClick={() => void copyText(app, here)}
                    />
                  </td>
                  <td>
                    <code>
                      {forward.guestPort}/{forward.protocol}
                    </code>
                  </td>
                  <td>
                    <Button look="link" size="small" onClick={() => show(vm)}>
                      {vm.name}
                    </Button>
                  </td>
                  <td>{stateText(row)}</td>
                  <td>{forward.label === '' ? <span className="dim">none</span> : forward.label}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** What the machine says of it; of one that another program runs, nobody here can tell. */
function stateText({ vm, isOpen, isKept }: ForwardRow): string {
  if (isOpen === undefined) return 'not known';
  if (isOpen) return isKept ? 'open' : 'open until it stops';
  return isAlive(vm.state.phase) ? 'at the next start' : 'opens with the machine';
}
