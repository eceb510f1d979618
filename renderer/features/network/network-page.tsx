import type { ReactElement, ReactNode } from 'react';
import type { Network } from '../../../electron/contract/network.ts';
import { Button } from '../../components/button.tsx';
import { Looking } from '../../components/looking.tsx';
import { Problem } from '../../components/problem.tsx';
import { agoText } from '../../../electron/contract/words/times.ts';
import { useNow } from '../../words/use-now.ts';
import { PageToolbar } from '../../collection/page-toolbar.tsx';
import { DhcpCard } from './dhcp-card.tsx';
import { ForwardsCard } from './forwards-card.tsx';
import { LeasesCard } from './leases-card.tsx';
import { ReachCard } from './reach-card.tsx';
import { SubnetCard } from './subnet-card.tsx';
import { useNetwork } from './use-network.ts';
import './network.css';

/** The network that guests are on: what is in force, who has which address, and how guest and host reach each other. */
export function NetworkPage({ banners }: { banners: ReactNode }): ReactElement {
  const now = useNow(5000);
  const { network, error, isReading, readAgain, put } = useNetwork();
  return (
    <>
      <PageToolbar title="Network" caption={network === undefined ? '' : captionOf(network, now)}>
        <Button icon="reset" disabled={isReading} onClick={readAgain}>
          Read Again
        </Button>
      </PageToolbar>
      {banners}
      <div className="body">
        <div className="pane page" data-region="content" tabIndex={-1} aria-busy={isReading}>
          {error === undefined ? null : <Problem title="The network could not be read" error={error} />}
          {network === undefined && isReading ? <Looking>Reading the network</Looking> : null}
          {network === undefined ? null : <Cards network={network} onChanged={put} />}
        </div>
      </div>
    </>
  );
}

function Cards({ network, onChanged }: { network: Network; onChanged: (network: Network) => void }): ReactElement {
  if (network.kind === 'user')
    return (
      <>
        <ReachCard
          addresses={network.hostAddresses}
          noNetwork={network.noNetwork}
          about={`Each guest is alone on ${network.subnet}, as ${network.guestAddress}.`}
        />
        <ForwardsCard />
      </>
    );
  return (
    <>
      <div className="page-columns">
        <SubnetCard network={network} onChanged={onChanged} />
        <DhcpCard network={network} onChanged={onChanged} />
      </div>
      <LeasesCard network={network} onChanged={onChanged} />
      <ReachCard
        addresses={[{ address: network.inForce.address, network: network.inForce.bridge ?? 'the shared network' }]}
        about="Closed for machines on Softnet unless you allow @host."
      />
      <ForwardsCard />
    </>
  );
}

function captionOf(network: Network, nowMs: number): string {
  const read = `read ${agoText(network.readAt, nowMs)}`;
  if (network.kind === 'user') return read;
  const { bridge } = network.inForce;
  const machines = network.runningCount === 1 ? '1 machine runs' : `${network.runningCount} machines run`;
  return `${bridge === undefined ? 'no bridge is up' : `${bridge} is up`}, ${machines}, ${read}`;
}
