import { type ReactElement, useState } from 'react';
import type { MachineVm } from '../../../electron/contract/machine.ts';
import { useSubmit } from '../../client/use-submit.ts';
import { copyText } from '../../commands/attempt.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Choice, Field, FormRow } from '../../components/field.tsx';
import { Note } from '../../components/note.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { errorText } from '../../words/error-text.ts';

/** How a guest reaches a service of this host, and a try from inside one. */
export function ReachCard({
  addresses,
  noNetwork,
  about,
}: {
  addresses: readonly { address: string; network: string }[];
  noNetwork?: { reason: string; cure: string } | undefined;
  about: string;
}): ReactElement {
  const noun = useLibrary(({ host }) => host?.noun ?? 'This computer');
  const running = useLibrary(({ vms }) => vms);
  const machines = [...(running?.values() ?? [])].flatMap((vm) =>
    vm.kind === 'machine' && vm.state.phase === 'running' ? [vm] : [],
  );
  const [isOpen, setOpen] = useState(false);
  // A title, so that every word of it is large.
  const title = `Reaching ${noun.replace(/\b[a-z]/g, (letter) => letter.toUpperCase())} from a Guest`;
  return (
    <section className="group" aria-label={title}>
      <header>
        <h2 className="grow">{title}</h2>
        {machines.length === 0 ? null : (
          <Button size="small" onClick={() => setOpen(true)}>
            {machines.length === 1 ? `Test from ${machines[0]?.name ?? ''}…` : 'Test from a Guest…'}
          </Button>
        )}
      </header>
      <div className="group-body">
        {noNetwork === undefined ? <Addresses noun={noun} addresses={addresses} about={about} /> : null}
        {noNetwork === undefined ? null : (
          <Note look="warning">
            <b>Guests have no network, because {noNetwork.reason}.</b> They reach nothing, and only port forwards lead
            into them. {noNetwork.cure}, and start them again.
          </Note>
        )}
      </div>
      {isOpen ? <TrySheet machines={machines} onClose={() => setOpen(false)} /> : null}
    </section>
  );
}

function Addresses({
  noun,
  addresses,
  about,
}: {
  noun: string;
  addresses: readonly { address: string; network: string }[];
  about: string;
}): ReactElement {
  const app = useApp();
  return (
    <>
      {addresses.length === 0 ? <p>{noun} has no address now that a guest could reach.</p> : null}
      {addresses.map(({ address, network }) => (
        <p key={address}>
          Guests see it at <code>{address}</code>{' '}
          <IconButton
            size="small"
            iconSize={12}
            icon="copy"
            label={`Copy ${address}`}
            onClick={() => void copyText(app, address)}
          />{' '}
          <span className="caption">{network}</span>
        </p>
      ))}
      <p className="secondary">A service must listen there or on 0.0.0.0, not only on 127.0.0.1. {about}</p>
    </>
  );
}

function TrySheet({ machines, onClose }: { machines: readonly MachineVm[]; onClose: () => void }): ReactElement {
  const { client } = useApp();
  const [id, setId] = useState(machines[0]?.id ?? '');
  const [port, setPort] = useState('8080');
  const [answer, setAnswer] = useState<{ look: 'good' | 'failed'; text: string }>();
  const number = /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535 ? Number(port) : undefined;
  const { run, isBusy, error } = useSubmit(async (wanted: number) => {
    setAnswer(undefined);
    const { reached, address } = await client.call('network.tryHost', { id, port: wanted });
    const where = `port ${wanted} of ${address}`;
    setAnswer(
      reached
        ? { look: 'good', text: `The guest reached ${where}.` }
        : { look: 'failed', text: `The guest did not reach ${where}: nothing listens there, or only on 127.0.0.1.` },
    );
  });
  return (
    <Sheet
      title="Test from inside a guest"
      subtitle="Its agent tries to connect, so what answers is what the guest really sees."
      width="narrow"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Done</Button>
          <Button
            look="filled"
            disabled={number === undefined || isBusy}
            onClick={() => number !== undefined && void run(number)}
          >
            Test
          </Button>
        </>
      }
    >
      <FormRow label="Machine">
        <Choice
          label="Machine"
          value={id}
          options={machines.map((vm) => ({ value: vm.id, label: vm.name }))}
          onChange={setId}
        />
      </FormRow>
      <FormRow label="Port">
        <Field
          label="Port"
          width={100}
          value={port}
          error={number === undefined ? 'A number from 1 to 65535' : undefined}
          onChange={({ target }) => setPort(target.value)}
        />
      </FormRow>
      <div role="status">
        {answer === undefined ? null : <Note look={answer.look}>{answer.text}</Note>}
        {error === undefined ? null : <Note look="failed">{errorText(error)}</Note>}
      </div>
    </Sheet>
  );
}
