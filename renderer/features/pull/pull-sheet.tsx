import { type ReactElement, useId, useState } from 'react';
import { AppError, type ErrorInfo } from '../../../electron/contract/errors.ts';
import { Button } from '../../components/button.tsx';
import { Field, FormRow } from '../../components/field.tsx';
import { Note } from '../../components/note.tsx';
import { Problem } from '../../components/problem.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { useApp } from '../../state/app.tsx';
import { MachineName, useMachineName } from '../images/machine-name.tsx';
import { LogInForm } from '../registries/log-in-form.tsx';
import { Catalog } from './catalog.tsx';
import { DescriptionCard } from './description-card.tsx';
import { useDescription, useTags } from './use-description.ts';
import './pull.css';

/** A reference, typed or from the catalog; what it is and what of it is here already; and a machine from it when done. */
export function PullSheet({
  reference: first = '',
  onClose,
}: {
  reference?: string;
  onClose: () => void;
}): ReactElement {
  const app = useApp();
  const [typed, setTyped] = useState(first);
  const [tag, setTag] = useState('');
  const [insecureWish, setInsecure] = useState<boolean>();
  const [makes, setMakes] = useState(first === '');
  const [start, setStart] = useState(true);
  const [failure, setFailure] = useState<ErrorInfo>();
  const tagsId = useId();
  const { repository, suffix } = split(typed);
  const reference = suffix === '' && tag !== '' ? `${repository}:${tag}` : typed;
  const insecure = insecureWish ?? isLoopback(repository);
  const { description, error, isAsking, again } = useDescription(reference, insecure);
  const tags = useTags(repository, insecure);
  // Before the first slash it is a registry, which is no name for a machine.
  const name = useMachineName(repository.includes('/') ? repository.slice(repository.lastIndexOf('/') + 1) : '');
  const host = repository.split('/')[0] ?? '';
  const asksForLogin = error?.code === 'login-required' || error?.code === 'login-refused';
  const canPull = description !== undefined && (!makes || name.isGood);
  const pull = async (): Promise<void> => {
    setFailure(undefined);
    try {
      await app.client.call('images.pull', {
        reference,
        insecure,
        ...(makes ? { machine: { name: name.value, start } } : {}),
      });
      app.view.setState({ overlay: { kind: 'jobs' } });
    } catch (thrown) {
      setFailure(AppError.from(thrown).toInfo());
    }
  };
  return (
    <Sheet
      title="Pull Image"
      onClose={onClose}
      footer={
        <>
          <label className="form-line grow">
            <input type="checkbox" checked={makes} onChange={({ target }) => setMakes(target.checked)} />
            Make a virtual machine when done
          </label>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="filled" disabled={!canPull} onClick={() => void pull()}>
            {description?.state === 'cached' && makes ? 'Make' : 'Pull'}
          </Button>
        </>
      }
    >
      <FormRow label="Reference">
        <span className="pull-reference">
          <Field
            label="Reference"
            mono
            autoFocus
            placeholder="ghcr.io/cirruslabs/ubuntu"
            value={typed}
            onChange={({ target }) => {
              setTyped(target.value.trim());
              setTag('');
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && canPull) void pull();
            }}
          />
          <Field
            label="Tag"
            width={130}
            placeholder="latest"
            list={tagsId}
            disabled={suffix !== ''}
            value={suffix === '' ? tag : suffix.slice(1)}
            onChange={({ target }) => setTag(target.value.trim())}
          />
          <datalist id={tagsId}>
            {tags.slice(0, 200).map((each) => (
              <option key={each} value={each} />
            ))}
          </datalist>
        </span>
      </FormRow>
      {asksForLogin ? <LogInForm key={host} host={host} insecure={insecure} onLoggedIn={again} /> : null}
      {failure === undefined ? null : <Problem error={failure} />}
      {error === undefined || asksForLogin ? null : <Problem error={error} />}
      {description === undefined ? null : <DescriptionCard description={description} />}
      {isAsking ? (
        <p className="secondary" role="status">
          <span className="spinner" aria-hidden="true" /> Asking {host}
        </p>
      ) : null}
      {makes && description !== undefined ? (
        <>
          <MachineName name={name} onSubmit={() => canPull && void pull()} />
          <FormRow label="Then">
            <label className="form-line">
              <input type="checkbox" checked={start} onChange={({ target }) => setStart(target.checked)} />
              Start it when it is made
            </label>
          </FormRow>
        </>
      ) : null}
      <Catalog
        chosen={reference}
        onChoose={(chosen) => {
          setTyped(chosen);
          setTag('');
        }}
      />
      <details>
        <summary>Advanced</summary>
        <label className="form-line">
          <input type="checkbox" checked={insecure} onChange={({ target }) => setInsecure(target.checked)} />
          Without encryption (http)
        </label>
        {insecure && !isLoopback(repository) ? (
          <Note look="warning">Name, password and image can be read and changed on the way.</Note>
        ) : null}
      </details>
    </Sheet>
  );
}

/** The part before a tag or digest; the colon of a port is no tag's. */
function split(reference: string): { repository: string; suffix: string } {
  const at = reference.indexOf('@');
  if (at >= 0) return { repository: reference.slice(0, at), suffix: reference.slice(at) };
  const colon = reference.indexOf(':', reference.lastIndexOf('/'));
  if (reference.includes('/') && colon >= 0)
    return { repository: reference.slice(0, colon), suffix: reference.slice(colon) };
  return { repository: reference, suffix: '' };
}

/** A registry on this computer seldom has a certificate, and nobody is between. */
function isLoopback(repository: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?(?:\/|$)/.test(repository);
}
