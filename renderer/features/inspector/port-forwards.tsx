import { type ReactElement, useState } from 'react';
import { isAlive } from '../../../electron/contract/verbs.ts';
import type { MachineVm, PortForward } from '../../../electron/contract/machine.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Choice, Field } from '../../components/field.tsx';
import { useAnnotate } from './use-annotate.ts';

/** Ports of the host that lead into the guest. */
export function PortForwards({ vm }: { vm: MachineVm }): ReactElement {
  const { annotate, error } = useAnnotate(vm);
  const [isAdding, setAdding] = useState(false);
  const { portForwards } = vm.annotations;
  const save = (forwards: readonly PortForward[]): Promise<boolean> => annotate({ portForwards: [...forwards] });
  return (
    <section>
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
      {portForwards.length === 0 && !isAdding ? (
        <p className="caption">None. A port of this computer can lead into the guest.</p>
      ) : null}
      <ul className="entries">
        {portForwards.map((forward) => (
          <li key={`${forward.protocol}-${forward.hostAddress}-${forward.hostPort}`}>
            <span className="mono cut grow">
              {forward.hostAddress}:{forward.hostPort} → {forward.guestPort}
              {forward.protocol === 'udp' ? ' UDP' : ''}
            </span>
            <span className="caption">{forward.label}</span>
            <IconButton
              icon="close"
              size="small"
              label={`Remove forward of ${forward.protocol.toUpperCase()} port ${forward.hostPort}`}
              onClick={() => void save(portForwards.filter((other) => other !== forward))}
            />
          </li>
        ))}
      </ul>
      {isAdding ? (
        <AddForward
          taken={portForwards}
          onAdd={async (forward) => {
            if (await save([...portForwards, forward])) setAdding(false);
          }}
        />
      ) : null}
      {error === undefined ? null : (
        <p className="setting-error" role="alert">
          {error}
        </p>
      )}
      {isAlive(vm.state.phase) && (portForwards.length > 0 || isAdding) ? (
        <p className="caption">Changes take effect at the next start.</p>
      ) : null}
    </section>
  );
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
      {problem === undefined ? null : (
        <p className="setting-error" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}
