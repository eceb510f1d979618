import { type ReactElement, useState } from 'react';
import type { Registry } from '../../../electron/contract/images.ts';
import { useAnswer } from '../../client/use-answer.ts';
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
  const { client } = useApp();
  const [round, setRound] = useState(0);
  const readAgain = (): void => setRound((number) => number + 1);
  const answer = useAnswer(`${round}`, (signal) => client.call('registries.list', {}, { signal }));
  // What was read before stays in sight while it is read again.
  const [registries, setRegistries] = useState<readonly Registry[]>();
  if (answer.value !== undefined && answer.value !== registries) setRegistries(answer.value);
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
      {answer.error === undefined ? null : <Problem error={answer.error} />}
      {registries?.length === 0 ? <p className="secondary">None yet. Public images need no login.</p> : null}
      {registries === undefined || registries.length === 0 ? null : (
        <ul className="registry-list">
          {registries.map((registry) => (
            <RegistryRow key={`${registry.host} ${registry.source}`} registry={registry} onChanged={readAgain} />
          ))}
        </ul>
      )}
      <LogInToAnother onLoggedIn={readAgain} />
    </Sheet>
  );
}

function RegistryRow({ registry, onChanged }: { registry: Registry; onChanged: () => void }): ReactElement {
  const app = useApp();
  const keychain = useLibrary(({ host: here }) => keychainName(here));
  const { host, username, source, canLogOut } = registry;
  const logOut = async (): Promise<void> => {
    await attempt(app, `${host} was not logged out of`, () => app.client.call('registries.logOut', { host }));
    onChanged();
  };
  return (
    <li>
      <span className="grow">
        <b className="cut">{host}</b>
        <span className="caption">
          {username === undefined ? '' : `${username}, `}
          {sourceText(source, keychain)}
        </span>
      </span>
      {canLogOut ? (
        <Button size="small" onClick={() => void logOut()}>
          Log Out
        </Button>
      ) : null}
    </li>
  );
}

/** A registry that is typed, and the form for its name and password. */
function LogInToAnother({ onLoggedIn }: { onLoggedIn: () => void }): ReactElement {
  const [host, setHost] = useState('');
  const [chosenInsecure, setInsecure] = useState<boolean>();
  const insecure = chosenInsecure ?? isLoopback(host);
  return (
    <>
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
              onLoggedIn();
            }}
          />
        </>
      )}
    </>
  );
}
