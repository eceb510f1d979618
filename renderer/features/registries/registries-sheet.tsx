import { type ReactElement, useCallback, useEffect, useState } from 'react';
import { AppError, type ErrorInfo } from '../../../electron/contract/errors.ts';
import type { Registry } from '../../../electron/contract/images.ts';
import { attempt } from '../../commands/attempt.ts';
import { Button } from '../../components/button.tsx';
import { Field, FormRow } from '../../components/field.tsx';
import { Problem } from '../../components/problem.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { keychainName } from '../../words/keychain-words.ts';
import { InsecureChoice, isLoopback } from './insecure-choice.tsx';
import { LogInForm } from './log-in-form.tsx';

function sourceText(source: Registry['source'], keychain: string): string {
  switch (source) {
    case 'environment':
      return 'from the environment variables';
    case 'docker-config':
      return 'from Docker’s configuration';
    case 'docker-helper':
      return 'from a Docker credential helper';
    case 'keychain':
      return `in ${keychain}`;
  }
}

/** Registries that Tatin can log in to, where it knows how from, and the way to one more. Passwords are never shown. */
export function RegistriesSheet({ onClose }: { onClose: () => void }): ReactElement {
  const app = useApp();
  const { client } = app;
  const keychain = useLibrary(({ host: here }) => keychainName(here));
  const [registries, setRegistries] = useState<readonly Registry[]>();
  const [error, setError] = useState<ErrorInfo>();
  const [host, setHost] = useState('');
  const [insecureWish, setInsecure] = useState<boolean>();
  const insecure = insecureWish ?? isLoopback(host);
  const read = useCallback(
    async (signal?: AbortSignal): Promise<void> => {
      try {
        const list = await client.call('registries.list', {}, signal === undefined ? {} : { signal });
        setRegistries(list);
        setError(undefined);
      } catch (thrown) {
        if (signal?.aborted !== true) setError(AppError.from(thrown).toInfo());
      }
    },
    [client],
  );
  useEffect(() => {
    const controller = new AbortController();
    // Sets state only once the answer has come.
    void (async () => {
      await read(controller.signal);
    })();
    return () => controller.abort();
  }, [read]);
  const logOut = async (registry: Registry): Promise<void> => {
    await attempt(app, `${registry.host} was not logged out of`, () =>
      client.call('registries.logOut', { host: registry.host }),
    );
    await read();
  };
  return (
    <Sheet
      title="Registries"
      subtitle="Where Tatin logs in, and where it knows the name and password from."
      onClose={onClose}
      footer={
        <Button look="filled" onClick={onClose}>
          Done
        </Button>
      }
    >
      {error === undefined ? null : <Problem error={error} />}
      {registries?.length === 0 ? <p className="secondary">None yet. Public images need no login.</p> : null}
      {registries === undefined || registries.length === 0 ? null : (
        <ul className="registry-list">
          {registries.map((registry) => (
            <li key={`${registry.host} ${registry.source}`}>
              <span className="grow">
                <b className="cut">{registry.host}</b>
                <span className="caption">
                  {registry.username === undefined ? '' : `${registry.username}, `}
                  {sourceText(registry.source, keychain)}
                </span>
              </span>
              {registry.canLogOut ? (
                <Button size="small" onClick={() => void logOut(registry)}>
                  Log Out
                </Button>
              ) : null}
            </li>
          ))}
        </ul>
      )}
      <FormRow label="Log in to">
        <Field
          label="Registry"
          mono
          placeholder="registry.example.com"
          value={host}
          onChange={({ target }) => setHost(target.value.trim())}
        />
      </FormRow>
      {host === '' ? null : (
        <>
          <FormRow label="">
            <InsecureChoice isChosen={insecure} onChoose={setInsecure} />
          </FormRow>
          <LogInForm
            key={host}
            host={host}
            insecure={insecure}
            wasAsked={false}
            onLoggedIn={() => {
              setHost('');
              setInsecure(undefined);
              void read();
            }}
          />
        </>
      )}
    </Sheet>
  );
}
