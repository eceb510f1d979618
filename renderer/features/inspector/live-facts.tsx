import { type ReactElement, useEffect, useState } from 'react';
import { AppError } from '../../../electron/contract/errors.ts';
import type { MachineVm, Usage } from '../../../electron/contract/machine.ts';
import { copyText } from '../../commands/attempt.ts';
import { IconButton } from '../../components/button.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { useApp } from '../../state/app.tsx';
import { memoryOfText } from '../../../electron/contract/words/sizes.ts';
import { agoText } from '../../../electron/contract/words/times.ts';

const sources: Record<NonNullable<MachineVm['address']>['source'], string> = {
  agent: 'Guest agent',
  dhcp: 'DHCP lease',
  arp: 'ARP table',
  'user-network': 'Private network',
};

/** Where the machine is reached, how that is known, and a button to copy it. */
export function Address({ vm }: { vm: MachineVm }): ReactElement {
  const app = useApp();
  const { address } = vm;
  return (
    <>
      <dt>Address</dt>
      <dd>
        {address === undefined ? (
          <WhyNone key={vm.state.phase} vm={vm} />
        ) : (
          <span className="fact-address">
            <span className="mono">{address.ip}</span>
            <IconButton icon="copy" size="small" label="Copy Address" onClick={() => void copyText(app, address.ip)} />
            <span className="caption">
              {sources[address.source]}, {agoText(address.at)}
            </span>
          </span>
        )}
      </dd>
    </>
  );
}

const askAgainMs = 10_000;

/** Why nobody knows its address, as often as that may have changed. */
function WhyNone({ vm }: { vm: MachineVm }): ReactElement {
  const { client } = useApp();
  const [reason, setReason] = useState<string>();
  const { id } = vm;
  const isRunning = vm.state.phase === 'running' && vm.state.owner === 'tatin';
  useEffect(() => {
    if (!isRunning) return undefined;
    const controller = new AbortController();
    const ask = (): void =>
      void client.call('machines.address', { id }, { signal: controller.signal }).then(
        // The row tells it as soon as it is known.
        () => setReason(undefined),
        (thrown: unknown) => {
          const { code, message, hint } = AppError.from(thrown);
          if (!controller.signal.aborted && code === 'no-address') setReason(`${message} ${hint ?? ''}`.trim());
        },
      );
    ask();
    const timer = setInterval(() => !document.hidden && ask(), askAgainMs);
    return () => {
      controller.abort();
      clearInterval(timer);
    };
  }, [client, id, isRunning]);
  return (
    <span className="fact-address">
      <span className="secondary">none yet</span>
      {reason === undefined ? null : <span className="caption">{reason}</span>}
    </span>
  );
}

const sampleIntervalMs = 2_000;
/** As many samples as the small chart has room for. */
const shownSamples = 32;

/** What a running machine takes of the host, while somebody looks. */
export function Use({ vm }: { vm: MachineVm }): ReactElement | null {
  const { client } = useApp();
  const [samples, setSamples] = useState<readonly Usage[]>([]);
  const { id } = vm;
  useEffect(() => {
    const controller = new AbortController();
    const ask = async (): Promise<void> => {
      if (document.hidden) return;
      try {
        setSamples(await client.call('machines.usage', { id }, { signal: controller.signal }));
      } catch {
        // It ended, or did not answer in time; what was known stays until the row says more.
      }
    };
    void ask();
    const timer = setInterval(() => void ask(), sampleIntervalMs);
    return () => {
      controller.abort();
      clearInterval(timer);
    };
  }, [client, id]);
  const last = samples.at(-1);
  const shown = samples.slice(-shownSamples);
  return (
    <>
      <dt>CPU</dt>
      <dd>
        <Sparkline values={shown.map(({ cpuFraction }) => cpuFraction)} />
        {last === undefined ? <span className="secondary">reading</span> : `${Math.round(last.cpuFraction * 100)} %`}
      </dd>
      <dt>Memory</dt>
      <dd>
        <Sparkline series="second" values={shown.map(({ memoryBytes }) => memoryBytes / vm.memoryBytes)} />
        {last === undefined ? (
          <span className="secondary">reading</span>
        ) : (
          memoryOfText(last.memoryBytes, vm.memoryBytes)
        )}
      </dd>
    </>
  );
}
