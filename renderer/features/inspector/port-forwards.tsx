import { type ReactElement, useEffect, useState } from 'react';
import { AppError } from '../../../electron/contract/errors.ts';
import type { ForwardState } from '../../../electron/contract/network.ts';
import { isAlive } from '../../../electron/contract/verbs.ts';
import type { MachineVm, PortForward } from '../../../electron/contract/machine.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Choice, Field } from '../../components/field.tsx';
import { useApp } from '../../state/app.tsx';
import { SettingError } from './setting-error.tsx';

/** What the machine's forwards are, read anew whenever it changes; undefined until that is known. */
function useForwards(vm: MachineVm): { forwards: readonly ForwardState[]; readAgain: () => void } {
  const { client } = useApp();
  const kept = vm.annotations.portForwards;
  const [round, setRound] = useState(0);
  const [read, setRead] = useState<readonly ForwardState[]>();
  const { id } = vm;
  const phase = vm.state.phase;
  useEffect(() => {
    const controller = new AbortController();
    client.call('forwards.list', { id }, { signal: controller.signal }).then(setRead, () => undefined);
    return () => controller.abort();
  }, [client, id, phase, kept, round]);
  const known = read ?? kept.map((forward) => ({ forward, isOpen: false, isKept: true }));
  return { forwards: known, readAgain: () => setRound((number) => number + 1) };
}

/** Ports of the host that lead into the guest; they open and close at once where it runs. */
export function PortForwards({ vm }: { vm: MachineVm }): ReactElement {
  const { client } = useApp();
  const { forwards, readAgain } = useForwards(vm);
  const [error, setError] = useState<string>();
  const [isAdding, setAdding] = useState(false);
  const attempt = async (work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      setError(undefined);
      return true;
    } catch (thrown) {
      const { message, hint } = AppError.from(thrown);
      setError(hint === undefined ? message : `${message} ${hint}`);
      return false;
    } finally {
      readAgain();
    }
  };
  const remove = ({ protocol, hostAddress, hostPort }: PortForward): void =>
    void attempt(() => client.call('forwards.remove', { id: vm.id, protocol, hostAddress, hostPort }));
  const isLive = isAlive(vm.state.phase);
  return (
    <section aria-label="Port Forwards">
      <h3>
        Port Forwards
        <IconButton
          icon="plus"
          size="small"
          label="Add Port Forward"
          aria-pressed={isAdding}
          onClick={() => setAdding(!isAdding)}
        />
      </h3>
      {forwards.length === 0 && !isAdding ? (
        <p className="caption">No forwards. Make a guest’s port reachable here.</p>
      ) : null}
      <ul className="entries">
        {forwards.map(({ forward, isOpen, isKept }) => (
          <li key={`${forward.protocol}-${forward.hostAddress}-${forward.hostPort}`}>
            <span className="mono cut grow">
              {forward.hostAddress}:{forward.hostPort} → {forward.guestPort}
              {forward.protocol === 'udp' ? ' UDP' : ''}
            </span>
            <span className="caption">{forward.label}</span>
            {isLive ? <span className="caption">{stateText(isOpen, isKept)}</span> : null}
            <IconButton
              icon="close"
              size="small"
              label={`Remove forward of ${forward.protocol.toUpperCase()} port ${forward.hostPort}`}
              onClick={() => remove(forward)}
            />
          </li>
        ))}
      </ul>
      {isAdding ? (
        <AddForward
          taken={forwards.map(({ forward }) => forward)}
          onAdd={async (forward) => {
            if (await attempt(() => client.call('forwards.add', { id: vm.id, forward }))) setAdding(false);
          }}
        />
      ) : null}
      <SettingError text={error} />
    </section>
  );
}

function stateText(isOpen: boolean, isKept: boolean): string {
  if (!isOpen) return 'at the next start';
  return isKept ? 'open' : 'open until it stops';
}

function isPort(text: string): boolean {
  const port = Number(text);
  return /^\d+$/.test(text) && port >= 1 && port <= 65_535;
}

function AddForward({
  taken,
  onAdd,
}: {
  taken: readonly PortForward[];
  onAdd: (forward: PortForward) => Promise<void>;
}): ReactElement {
  const [hostPort, setHostPort] = useState('2222');
  const [guestPort, setGuestPort] = useState('22');
  const [label, setLabel] = useState('ssh');
  const [protocol, setProtocol] = useState<PortForward['protocol']>('tcp');
  const isTaken = taken.some((forward) => forward.protocol === protocol && forward.hostPort === Number(hostPort));
  const problem =
    !isPort(hostPort) || !isPort(guestPort)
      ? 'Ports are 1 to 65535.'
      : isTaken
        ? `${protocol.toUpperCase()} port ${hostPort} is forwarded already.`
        : undefined;
  return (
    <form
      className="add-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (problem === undefined)
          void onAdd({
            protocol,
            hostAddress: '127.0.0.1',
            hostPort: Number(hostPort),
            guestPort: Number(guestPort),
            label: label.slice(0, 40),
          });
      }}
    >
      <Field
        label="Port on this computer"
        inputMode="numeric"
        value={hostPort}
        onChange={({ target }) => setHostPort(target.value)}
      />
      <span aria-hidden="true">→</span>
      <Field
        label="Port in the guest"
        inputMode="numeric"
        value={guestPort}
        onChange={({ target }) => setGuestPort(target.value)}
      />
      <Choice
        label="Protocol"
        value={protocol}
        options={[
          { value: 'tcp', label: 'TCP' },
          { value: 'udp', label: 'UDP' },
        ]}
        onChange={(value) => setProtocol(value === 'udp' ? 'udp' : 'tcp')}
      />
      <Field label="Label" placeholder="Label" value={label} onChange={({ target }) => setLabel(target.value)} />
      <Button type="submit" size="small" look="filled" disabled={problem !== undefined} title={problem}>
        Add
      </Button>
      <SettingError text={problem} />
    </form>
  );
}
