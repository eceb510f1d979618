import { type ReactElement, useState } from 'react';
import type { HealthSettings } from '../../../electron/contract/supervision.ts';
import type { MachineVm } from '../../../electron/contract/machine.ts';
import { IconButton } from '../../components/button.tsx';
import { HealthMark } from '../../components/health-mark.tsx';
import { checkText } from '../../words/supervision-words.ts';
import { agoText } from '../../../electron/contract/words/times.ts';
import { useNow } from '../../words/use-now.ts';
import { HealthSheet } from './health-sheet.tsx';

/** Whether the guest works, how that is found out, and what follows. */
export function Health({ vm }: { vm: MachineVm }): ReactElement {
  const [isOpen, setOpen] = useState(false);
  const { health: settings } = vm.annotations;
  return (
    <section aria-label="Health">
      <h3>
        Health
        <IconButton
          icon={settings === null ? 'plus' : 'pencil'}
          size="small"
          label={settings === null ? 'Add Health Check' : 'Change Health Check'}
          onClick={() => setOpen(true)}
        />
      </h3>
      {settings === null ? (
        <p className="caption">Not checked. A check finds out whether the guest still works.</p>
      ) : (
        <Standing vm={vm} settings={settings} />
      )}
      {isOpen ? <HealthSheet vm={vm} onClose={() => setOpen(false)} /> : null}
    </section>
  );
}

function Standing({ vm, settings }: { vm: MachineVm; settings: HealthSettings }): ReactElement {
  const nowMs = useNow(10_000);
  const health = vm.supervision?.health;
  const { check, intervalSeconds, onFailure } = settings;
  return (
    <>
      <div role="status">
        {health === undefined ? (
          <span className="secondary">
            {vm.state.phase === 'running' ? 'Not checked yet' : 'Checked while it runs'}
          </span>
        ) : (
          <>
            <HealthMark health={health} /> <span className="caption">since {agoText(health.since, nowMs)}</span>
          </>
        )}
      </div>
      {health?.reason === undefined ? null : <p className="caption health-reason">{health.reason}</p>}
      {health !== undefined && health.failures > 0 && health.state === 'healthy' ? (
        <p className="caption">
          {health.failures} of {settings.retries} failures in a row
        </p>
      ) : null}
      <p className="caption">
        {checkText(check)}, every {intervalSeconds} s.{' '}
        {onFailure === 'restart' ? 'Turned off and on when unhealthy.' : 'Noted in its events when unhealthy.'}
      </p>
    </>
  );
}
