import { type ReactElement, useState } from 'react';
import type { LeaseRow, Network, SharedNetwork } from '../../../electron/contract/network.ts';
import { attempt } from '../../commands/attempt.ts';
import { Button } from '../../components/button.tsx';
import { Confirm } from '../../components/sheet.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { durationText } from '../../../electron/contract/words/durations.ts';
import { agoText } from '../../../electron/contract/words/times.ts';
import { exactText } from '../../words/times.ts';
import { useNow } from '../../words/use-now.ts';

/** Enough for one look; the rest on request. */
const fewRows = 12;

/** The table of the DHCP server, for what it is, and the two ways to make it shorter. */
export function LeasesCard({
  network,
  onChanged,
}: {
  network: SharedNetwork;
  onChanged: (network: Network) => void;
}): ReactElement {
  const app = useApp();
  const [isLong, setLong] = useState(false);
  const [asked, setAsked] = useState<'expired' | 'all'>();
  const { leases, leaseCount, use } = network;
  const rows = isLong ? leases : leases.slice(0, fewRows);
  const clear = (which: 'expired' | 'all'): void => {
    setAsked(undefined);
    void attempt(app, 'The leases were not cleared', async () =>
      onChanged(await app.client.call('network.clearLeases', { which })),
    );
  };
  return (
    <section className="group" aria-label="Leases">
      <header>
        <h2>Leases</h2>
        <span className="caption grow">{leaseCount === 0 ? 'none' : leaseCount.toLocaleString('en-US')}</span>
        {use.expired === 0 ? null : (
          <Button size="small" onClick={() => setAsked('expired')}>
            Clear {use.expired} Expired…
          </Button>
        )}
        {leaseCount === 0 ? null : (
          <Button size="small" onClick={() => setAsked('all')}>
            Clear All…
          </Button>
        )}
      </header>
      {leaseCount === 0 ? (
        <p className="group-body secondary">No guest has had an address yet. Each one that gets one appears here.</p>
      ) : (
        <LeaseTable rows={rows} />
      )}
      {rows.length < leaseCount ? (
        <div className="group-foot">
          {leaseCount - rows.length} more
          {rows.length < leases.length ? (
            <Button look="link" size="small" onClick={() => setLong(true)}>
              Show All
            </Button>
          ) : null}
        </div>
      ) : null}
      {asked === undefined ? null : (
        <Confirm
          title={asked === 'all' ? 'Clear all leases?' : `Clear ${use.expired} expired leases?`}
          text={
            asked === 'all'
              ? 'Running machines keep their addresses and ask for them again. Until they do, another could be given the same one: stop them first if you can.'
              : 'Leases that are over are forgotten. Machines that come back may get another address.'
          }
          verb="Clear"
          onConfirm={() => clear(asked)}
          onCancel={() => setAsked(undefined)}
        />
      )}
    </section>
  );
}

function LeaseTable({ rows }: { rows: readonly LeaseRow[] }): ReactElement {
  const now = useNow(30_000);
  return (
    <table aria-label="DHCP leases" className="page-table">
      <thead>
        <tr>
          <th>Name</th>
          <th>Address</th>
          <th>MAC Address</th>
          <th>Machine</th>
          <th>Identified By</th>
          <th>Expires</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <Lease key={`${row.address ?? ''} ${row.owner ?? ''} ${index}`} row={row} nowMs={now} />
        ))}
      </tbody>
    </table>
  );
}

function Lease({ row, nowMs }: { row: LeaseRow; nowMs: number }): ReactElement {
  const { name, address, owner, ownerKind, expiresAt, isExpired, problem } = row;
  return (
    <tr
      data-expired={isExpired || undefined}
      title={problem === undefined ? undefined : `Not to be trusted: ${problem}`}
    >
      <td>{name ?? 'no name'}</td>
      <td>
        <code>{address ?? 'none'}</code>
      </td>
      <td>
        <code className="cut">{owner ?? 'none'}</code>
      </td>
      <td>
        <Machine row={row} />
      </td>
      <td>{identifiedBy(ownerKind, problem)}</td>
      <td title={expiresAt === undefined ? undefined : exactText(expiresAt)}>
        {expiresAt === undefined
          ? 'unknown'
          : isExpired
            ? `expired ${agoText(expiresAt, nowMs)}`
            : `in ${durationText(Date.parse(expiresAt) - nowMs)}`}
      </td>
    </tr>
  );
}

function identifiedBy(kind: LeaseRow['ownerKind'], problem: string | undefined): ReactElement | string {
  if (problem !== undefined) return <span className="failed">{problem}</span>;
  if (kind === 'identifier')
    return (
      <span title="The guest names itself by a DUID, so the lease holds no MAC address. In Ubuntu: netplan’s dhcp-identifier: mac.">
        DUID, no MAC
      </span>
    );
  return 'Ethernet';
}

function Machine({ row }: { row: LeaseRow }): ReactElement {
  const { view } = useApp();
  const vm = useLibrary(({ vms }) => (row.vmId === undefined ? undefined : vms?.get(row.vmId)));
  if (vm === undefined) return <span className="dim">{row.ownerKind === 'ethernet' ? 'none here' : 'unknown'}</span>;
  return (
    <Button
      look="link"
      size="small"
      onClick={() =>
        view.setState({ page: 'machines', filter: { by: 'all' }, query: '', selection: new Set([vm.id]), focus: vm.id })
      }
    >
      {vm.name}
    </Button>
  );
}
