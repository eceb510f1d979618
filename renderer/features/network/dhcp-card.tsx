import { type ReactElement, useState } from 'react';
import type { Network, SharedNetwork } from '../../../electron/contract/network.ts';
import { attempt } from '../../commands/attempt.ts';
import { Button } from '../../components/button.tsx';
import { Choice, FormRow } from '../../components/field.tsx';
import { Note } from '../../components/note.tsx';
import { useApp } from '../../state/app.tsx';

const defaultTimes = [
  { seconds: 600, label: '10 minutes' },
  { seconds: 3600, label: '1 hour' },
  { seconds: 86_400, label: '1 day' },
];

/** How long an address is kept, and how many are left. */
export function DhcpCard({
  network,
  onChanged,
}: {
  network: SharedNetwork;
  onChanged: (network: Network) => void;
}): ReactElement {
  const app = useApp();
  const { leaseSeconds, leaseIsDefault, use } = network;
  const [wanted, setWanted] = useState(leaseSeconds);
  const times = defaultTimes.some(({ seconds }) => seconds === leaseSeconds)
    ? defaultTimes
    : [...defaultTimes, { seconds: leaseSeconds, label: `${leaseSeconds.toLocaleString('en-US')} s` }];
  const save = (): void =>
    void attempt(app, 'The lease time was not changed', async () =>
      onChanged(await app.client.call('network.setLeaseTime', { seconds: wanted })),
    );
  return (
    <section className="group" aria-label="DHCP">
      <header>
        <h2 className="grow">DHCP</h2>
        <Button size="small" look="filled" disabled={wanted === leaseSeconds} onClick={save}>
          Save…
        </Button>
      </header>
      <div className="group-body">
        <FormRow label="Lease time">
          <Choice
            label="Lease time"
            value={String(wanted)}
            options={times.map(({ seconds, label }) => ({ value: String(seconds), label }))}
            onChange={(value) => setWanted(Number(value))}
          />
        </FormRow>
        <p className="caption">
          Now {leaseSeconds.toLocaleString('en-US')} s{leaseIsDefault ? ', the default' : ''}. 10 minutes suit machines
          that come and go: an address is free again 10 minutes after its last use.
        </p>
        <Addresses use={use} />
      </div>
    </section>
  );
}

function Addresses({ use }: { use: SharedNetwork['use'] }): ReactElement {
  const { total, inUse, held, expired, free, hoursLeft, newInLastHour } = use;
  const taken = inUse + held;
  const parts = [
    { kind: 'in-use', count: inUse, label: 'in use' },
    { kind: 'held', count: held, label: 'held for machines that are gone' },
    { kind: 'expired', count: expired, label: 'expired' },
    { kind: 'free', count: free, label: 'free' },
  ];
  return (
    <>
      <div className="address-head">
        <b className="grow">Addresses</b>
        <b data-scarce={taken > total * 0.85 || undefined}>
          {taken} of {total} taken
        </b>
      </div>
      <div
        className="address-meter"
        role="meter"
        aria-label="Addresses taken"
        aria-valuemin={0}
        aria-valuenow={taken}
        aria-valuemax={total}
      >
        {parts.map(({ kind, count }) => (
          <i key={kind} data-kind={kind} style={{ flexGrow: count }} />
        ))}
      </div>
      <ul className="address-legend">
        {parts.map(({ kind, count, label }) => (
          <li key={kind}>
            <i data-kind={kind} aria-hidden="true" /> {count} {label}
          </li>
        ))}
      </ul>
      {hoursLeft === undefined ? null : (
        <Note look="warning">
          <b>Full in about {hoursLeft < 1.5 ? 'an hour' : `${Math.round(hoursLeft)} hours`}</b> at the pace of the last
          one, {newInLastHour} new {newInLastHour === 1 ? 'machine' : 'machines'}. New ones would then get no address.
        </Note>
      )}
    </>
  );
}
