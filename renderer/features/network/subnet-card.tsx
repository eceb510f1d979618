import { type ReactElement, useEffect, useState } from 'react';
import type { Network, SharedNetwork } from '../../../electron/contract/network.ts';
import { attempt } from '../../commands/attempt.ts';
import { Button } from '../../components/button.tsx';
import { Choice, Field, FormRow } from '../../components/field.tsx';
import { Note } from '../../components/note.tsx';
import { useApp } from '../../state/app.tsx';

/** Masks from the widest that vmnet takes to the narrowest, with what fits. */
const masks = Array.from({ length: 15 }, (_, index) => {
  const bits = 16 + index;
  const value = 2 ** 32 - 2 ** (32 - bits);
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
});

/** What a typed subnet would mean. */
interface Checked {
  readonly mistake?: { field: 'address' | 'mask'; reason: string } | undefined;
  readonly guests?: number | undefined;
}

/** The subnet in force, and another one to be: checked while it is typed, saved through one administrator prompt. */
export function SubnetCard({
  network,
  onChanged,
}: {
  network: SharedNetwork;
  onChanged: (network: Network) => void;
}): ReactElement {
  const app = useApp();
  const { stored, suggested } = network;
  const shown = stored ?? network.inForce;
  const [address, setAddress] = useState(shown.address);
  const [mask, setMask] = useState(shown.mask);
  const checked = useCheck(address, mask);
  const [isBusy, setBusy] = useState(false);
  const isChanged = address !== shown.address || mask !== shown.mask;
  const change = async (work: () => Promise<Network>): Promise<void> => {
    setBusy(true);
    await attempt(app, 'The subnet was not changed', async () => onChanged(await work()));
    setBusy(false);
  };
  return (
    <section className="group" aria-label="NAT Subnet">
      <header>
        <h2 className="grow">NAT Subnet</h2>
        <Button
          size="small"
          disabled={isBusy || stored === undefined}
          onClick={() => void change(() => app.client.call('network.resetSubnet', {}))}
        >
          Reset to Default
        </Button>
        <Button
          size="small"
          look="filled"
          disabled={isBusy || !isChanged || checked === undefined || checked.mistake !== undefined}
          onClick={() => void change(() => app.client.call('network.setSubnet', { address, mask }))}
        >
          Save…
        </Button>
      </header>
      <div className="group-body">
        <InForce network={network} />
        <FormRow label="Address">
          <Field
            label="Address"
            mono
            width={220}
            value={address}
            error={checked?.mistake?.field === 'address' ? checked.mistake.reason : undefined}
            onChange={({ target }) => setAddress(target.value)}
          />
          {checked?.mistake?.field === 'address' && suggested !== undefined ? (
            <Button
              size="small"
              onClick={() => {
                setAddress(suggested.address);
                setMask(suggested.mask);
              }}
            >
              Use {suggested.address}
            </Button>
          ) : null}
        </FormRow>
        <FormRow label="Mask">
          <Choice
            label="Mask"
            value={mask}
            options={masks.map((value) => ({ value, label: value }))}
            onChange={setMask}
          />
          {checked?.guests === undefined ? null : <span className="caption">{checked.guests} guests</span>}
        </FormRow>
        <EffectNote network={network} />
      </div>
    </section>
  );
}

function InForce({ network }: { network: SharedNetwork }): ReactElement {
  const { inForce } = network;
  return (
    <FormRow label="In force">
      <span>
        <code>{inForce.address}</code> <span className="secondary">mask</span> <code>{inForce.mask}</code>{' '}
        <span className="caption">{originOf(network)}</span>
      </span>
    </FormRow>
  );
}

function originOf({ inForce }: SharedNetwork): string {
  if (inForce.from === 'seen') return `seen on ${inForce.bridge ?? 'a bridge'}`;
  return inForce.from === 'stored' ? 'stored' : 'the system’s default';
}

function EffectNote({ network }: { network: SharedNetwork }): ReactElement {
  const { runningCount, isIgnored, problems } = network;
  const runs = runningCount === 1 ? '1 runs.' : `${runningCount} run.`;
  return (
    <>
      {problems.map((problem) => (
        <Note key={problem} look="warning">
          {problem}
        </Note>
      ))}
      <Note look="info">
        <b>Takes effect when all machines are stopped.</b> {runningCount === 0 ? 'None runs now.' : runs} Saving asks
        for an administrator once.
        {isIgnored
          ? ' This version of macOS is reported to ignore this setting; a machine’s own network is not.'
          : null}
      </Note>
    </>
  );
}

/** Typing is over when nothing was typed for so long, in milliseconds. */
const pauseMs = 150;

/** What the other side says of a subnet; undefined while it is asked. */
function useCheck(address: string, mask: string): Checked | undefined {
  const { client } = useApp();
  const [last, setLast] = useState<{ address: string; mask: string; result: Checked }>();
  useEffect(() => {
    const controller = new AbortController();
    const set = (result: Checked): void => {
      if (!controller.signal.aborted) setLast({ address, mask, result });
    };
    const timer = setTimeout(() => {
      client.call('network.checkSubnet', { address, mask }, { signal: controller.signal }).then(
        set,
        // Saving checks again, and says what is wrong.
        () => set({}),
      );
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [client, address, mask]);
  return last?.address === address && last.mask === mask ? last.result : undefined;
}
