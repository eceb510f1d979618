import { useEffect, useState } from 'react';
import { AppError, type ErrorInfo } from '../../../electron/contract/errors.ts';
import type { SettingKey, SettingsReport } from '../../../electron/contract/settings.ts';
import { useApp } from '../../state/app.tsx';

export interface SettingsInUse {
  readonly report: SettingsReport | undefined;
  readonly error: ErrorInfo | undefined;
  /** What was wrong with the last change of a setting, by its key. */
  readonly refused: ReadonlyMap<SettingKey, string>;
  /** Changes one setting at once, or says in `refused` why not. */
  change(key: SettingKey, value: unknown): void;
  /** Back to the default; all of them without keys. */
  reset(keys?: readonly SettingKey[]): void;
}

/** The settings as they are now, no matter who changes them. */
export function useSettings(): SettingsInUse {
  const { client } = useApp();
  const [report, setReport] = useState<SettingsReport>();
  const [error, setError] = useState<ErrorInfo>();
  const [refused, setRefused] = useState<ReadonlyMap<SettingKey, string>>(new Map());
  useEffect(() => {
    const { signal, abort } = abortable();
    client.call('settings.get', {}, { signal }).then(
      (read) => signal.aborted || setReport(read),
      (thrown: unknown) => signal.aborted || setError(AppError.from(thrown).toInfo()),
    );
    const stop = client.on('settings.changed', (changed) => setReport(changed.report));
    return () => {
      abort();
      stop();
    };
  }, [client]);
  const send = async (keys: readonly SettingKey[], work: Promise<SettingsReport>): Promise<void> => {
    let message: string | undefined;
    try {
      setReport(await work);
    } catch (thrown) {
      message = AppError.from(thrown).message;
    }
    setRefused((known) => {
      const rest = [...known].filter(([key]) => !keys.includes(key));
      return new Map(message === undefined ? rest : [...rest, ...keys.map((key) => [key, message] as const)]);
    });
  };
  return {
    ...{ report, error, refused },
    change: (key, value) => void send([key], client.call('settings.set', { changes: { [key]: value } })),
    reset: (keys) =>
      void send(
        keys ?? [...refused.keys()],
        client.call('settings.reset', keys === undefined ? {} : { keys: [...keys] }),
      ),
  };
}

function abortable(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
