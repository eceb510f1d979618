import { type ReactElement, useId } from 'react';
import type { AnnotationChanges, MachineVm } from '../../../electron/contract/machine.ts';
import { Choice } from '../../components/field.tsx';
import { useApp } from '../../state/app.tsx';
import { durationText } from '../../../electron/contract/words/durations.ts';
import { useNow } from '../../words/use-now.ts';
import { Button } from '../../components/button.tsx';
import { SettingError } from './setting-error.tsx';
import { useAnnotate } from './use-annotate.ts';
import './supervision.css';

type Restart = MachineVm['annotations']['restart'];

const policies: readonly { value: Restart; label: string }[] = [
  { value: 'never', label: 'Never' },
  { value: 'on-failure', label: 'If it failed' },
  { value: 'always', label: 'Always' },
];

/** What happens to a machine without anybody asking: when it starts, and what follows its end. */
export function KeepRunning({ vm }: { vm: MachineVm }): ReactElement {
  const app = useApp();
  const { annotate, error } = useAnnotate(vm);
  const startId = useId();
  const { autostart, restart } = vm.annotations;
  return (
    <section aria-label="Keep Running">
      <h3>Keep Running</h3>
      <label className="setting" htmlFor={startId}>
        <input
          id={startId}
          type="checkbox"
          checked={autostart}
          onChange={({ target }) => void annotate({ autostart: target.checked })}
        />
        Start with Tatin
      </label>
      <div className="setting">
        <span className="setting-label">Restart</span>
        <Choice
          label="Restart"
          value={restart}
          options={policies}
          onChange={(value) => void annotate({ restart: policies.find((one) => one.value === value)?.value })}
        />
      </div>
      <NextTry vm={vm} annotate={annotate} />
      <p className="caption">
        {restart === 'on-failure' ? 'After a pause that grows from a second to five minutes. ' : null}
        {restart === 'always' ? 'Also when the guest shuts itself down; not when somebody stops it. ' : null}
        {autostart || restart !== 'never' ? (
          <>
            Works while Tatin runs:{' '}
            <Button look="link" size="small" onClick={() => app.view.setState({ overlay: { kind: 'service' } })}>
              Run Tatin at Login…
            </Button>
          </>
        ) : null}
      </p>
      <SettingError text={error} />
    </section>
  );
}

/** That it is started again, when, and why; counted down. */
function NextTry({
  vm,
  annotate,
}: {
  vm: MachineVm;
  annotate: (changes: AnnotationChanges) => Promise<boolean>;
}): ReactElement | null {
  const nextTry = vm.supervision?.nextTry;
  if (nextTry === undefined) return null;
  const { health } = vm.annotations;
  const stopTrying = (): void => {
    const isForHealth = health?.onFailure === 'restart';
    void annotate({ restart: 'never', ...(isForHealth ? { health: { ...health, onFailure: 'record' } } : {}) });
  };
  return (
    <div className="supervision-next" role="status">
      <span className="spinner" aria-hidden="true" />
      <span className="grow">
        <CountDown at={nextTry.at} />
        <b className="visually-hidden">Will be started again</b>
        <span className="caption">
          Attempt {nextTry.attempt}: {nextTry.reason}
        </span>
      </span>
      <Button size="small" onClick={stopTrying}>
        Stop Trying
      </Button>
    </div>
  );
}

/** For the eye alone: a reader would speak every second of it. */
function CountDown({ at }: { at: string }): ReactElement {
  const leftMs = Date.parse(at) - useNow(500);
  return <b aria-hidden="true">{leftMs < 1000 ? 'Next try now' : `Next try in ${durationText(leftMs)}`}</b>;
}
