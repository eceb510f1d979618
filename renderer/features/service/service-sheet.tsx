import { type ReactElement, useState } from 'react';
import type { LoginServiceStatus } from '../../../electron/contract/login-service.ts';
import { useAnswer } from '../../client/use-answer.ts';
import { useSubmit } from '../../client/use-submit.ts';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { Note } from '../../components/note.tsx';
import { Problem } from '../../components/problem.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { useApp } from '../../state/app.tsx';
import './service.css';

const systems: Record<LoginServiceStatus['system'], string> = { launchd: 'launchd', systemd: 'systemd' };

/** Whether Tatin runs from login on, without a window, and what makes it so. */
export function ServiceSheet({ onClose }: { onClose: () => void }): ReactElement {
  const { client } = useApp();
  const read = useAnswer('status', (signal) => client.call('service.get', {}, { signal }));
  const [changed, setChanged] = useState<LoginServiceStatus>();
  const status = changed ?? read.value;
  const [port, setPort] = useState('');
  const isPort = port === '' || (/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535);
  const { run, isBusy, error } = useSubmit(async (work: () => Promise<LoginServiceStatus>) => {
    try {
      setChanged(await work());
    } catch (thrown) {
      // It may have come half of the way.
      await client.call('service.get', {}).then(setChanged, () => undefined);
      throw thrown;
    }
  });
  const problem = error ?? read.error;
  const install = (): Promise<LoginServiceStatus> =>
    client.call('service.install', port === '' ? {} : { port: Number(port) });
  return (
    <Sheet
      title="Run Tatin at Login"
      subtitle="In the background, without a window: for machines that start with Tatin, are started again, or follow a schedule."
      width="narrow"
      onClose={onClose}
      footer={
        <>
          {status?.isInstalled === true ? (
            <Button disabled={isBusy} onClick={() => void run(() => client.call('service.uninstall', {}))}>
              Uninstall
            </Button>
          ) : null}
          {status !== undefined && !status.isInstalled && status.notAvailable === undefined ? (
            <Button look="filled" disabled={isBusy || !isPort} onClick={() => void run(install)}>
              {isBusy ? 'Installing' : 'Install and Start'}
            </Button>
          ) : null}
          <Button onClick={onClose}>Done</Button>
        </>
      }
    >
      <div className="service" aria-busy={isBusy}>
        {status === undefined ? null : <Standing status={status} />}
        {status === undefined || status.isInstalled || status.notAvailable !== undefined ? null : (
          <label className="service-port">
            Browser port
            <Field
              label="Browser port"
              placeholder="any"
              inputMode="numeric"
              width={84}
              value={port}
              error={isPort ? undefined : '1 to 65535'}
              onChange={({ target }) => setPort(target.value.trim())}
            />
          </label>
        )}
        {problem === undefined ? null : <Problem error={problem} />}
      </div>
    </Sheet>
  );
}

function Standing({ status }: { status: LoginServiceStatus }): ReactElement {
  const { isInstalled, isRunning, file, text, system, notAvailable } = status;
  return (
    <>
      {isInstalled ? (
        <Note look={isRunning ? 'good' : 'warning'}>
          <b>{isRunning ? 'It runs now.' : 'It is installed and does not run.'}</b>{' '}
          {isRunning
            ? 'Closing this window changes nothing for machines.'
            : `Ask ${systems[system]} why, or look into its log.`}
        </Note>
      ) : (
        <Note look={notAvailable === undefined ? 'neutral' : 'warning'}>
          {notAvailable ?? 'Not installed: machines are supervised while Tatin is open.'}
        </Note>
      )}
      <details>
        <summary>{isInstalled ? 'The file that was written' : 'The file that will be written'}</summary>
        <p className="mono path">{file}</p>
        <pre tabIndex={0} aria-label="Content of the file">
          {text}
        </pre>
      </details>
    </>
  );
}
