import { type ReactElement, type SyntheticEvent, useState } from 'react';
import { useSubmit } from '../../client/use-submit.ts';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { Icon } from '../../components/icon.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { errorText } from '../../words/error-text.ts';
import { keychainName } from '../../words/keychain-words.ts';
import { isLoopback } from './insecure-choice.tsx';
import './registries.css';

/** Name and password for a registry, asked where it asked for them. What was typed stays when it was refused. */
export function LogInForm({
  host,
  insecure = false,
  wasAsked = true,
  onLoggedIn,
}: {
  host: string;
  insecure?: boolean;
  /** Whether the registry wants it, or the user. */
  wasAsked?: boolean;
  onLoggedIn: () => void;
}): ReactElement {
  const { client } = useApp();
  const keychain = useLibrary(({ host: here }) => keychainName(here));
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const logIn = useSubmit(async () => {
    await client.call('registries.logIn', { host, username, password, insecure });
    setPassword('');
    onLoggedIn();
  });
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (username !== '') void logIn.run();
  };
  return (
    <form className="log-in" aria-label="Log In" onSubmit={submit}>
      <Icon name="key" />
      <div className="log-in-parts">
        <div>
          <b>{wasAsked ? `${host} asks you to log in` : `Log in to ${host}`}</b>
          <p className="caption">The name and password are tried, then kept in {keychain}.</p>
        </div>
        {insecure && !isLoopback(host) ? (
          <p className="log-in-warning">
            <Icon name="warning" size={12} /> The password is sent in the clear: others on the network can read it.
          </p>
        ) : null}
        <div className="log-in-fields">
          <Field
            label="User name"
            placeholder="User name"
            autoComplete="username"
            value={username}
            onChange={({ target }) => setUsername(target.value)}
          />
          <Field
            label="Password"
            placeholder="Password or token"
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={({ target }) => setPassword(target.value)}
          />
          <Button type="submit" look="filled" disabled={username === '' || logIn.isBusy}>
            Log In
          </Button>
        </div>
        {logIn.error === undefined ? null : (
          <p className="failed" role="alert">
            {errorText(logIn.error)}
          </p>
        )}
      </div>
    </form>
  );
}
