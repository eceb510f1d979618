import { type ReactElement, useState } from 'react';
import { AppError, type ErrorInfo } from '../../../electron/contract/errors.ts';
import { Button } from '../../components/button.tsx';
import { FormRow } from '../../components/field.tsx';
import { Note } from '../../components/note.tsx';
import { Problem } from '../../components/problem.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { useApp } from '../../state/app.tsx';
import { MachineName, useMachineName } from '../images/machine-name.tsx';
import { InsecureChoice, isLoopback } from '../registries/insecure-choice.tsx';
import { LogInForm } from '../registries/log-in-form.tsx';
import { Catalog } from './catalog.tsx';
import { DescriptionCard } from './description-card.tsx';
import { ReferenceFields, splitReference, wholeReference } from './reference-fields.tsx';
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
  const [named, setNamed] = useState({ typed: first, tag: '' });
  const [insecureWish, setInsecure] = useState<boolean>();
  const [makes, setMakes] = useState(first === '');
  const [start, setStart] = useState(true);
  const [round, setRound] = useState(0);
  const [failure, setFailure] = useState<ErrorInfo>();
  const { repository } = splitReference(named.typed);
  const reference = wholeReference(named);
  const insecure = insecureWish ?? isLoopback(repository);
  const { value: description, error, isAsking } = useDescription(reference, { insecure, round });
  // One that can't be reached may be one without encryption, so that choice is shown from then on.
  const [wasUnreachable, setUnreachable] = useState(false);
  if (error?.code === 'registry-unreachable' && !wasUnreachable) setUnreachable(true);
  const tags = useTags(repository, { insecure, round });
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
  const verb = description?.state === 'cached' && makes ? 'Make' : 'Pull';
  const prunes = (description?.prunedFirst.length ?? 0) > 0;
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
            {prunes ? `Prune and ${verb}` : verb}
          </Button>
        </>
      }
    >
      <FormRow label="Reference">
        <ReferenceFields
          value={named}
          // What is wrong with the registry itself is said once, below.
          tags={error === undefined ? tags : { ...tags, error: undefined }}
          startsAtTag={first !== '' && splitReference(first).suffix === ''}
          onChange={setNamed}
          onSubmit={() => canPull && void pull()}
        />
      </FormRow>
      {asksForLogin ? (
        <>
          <LogInForm key={host} host={host} insecure={insecure} onLoggedIn={() => setRound(round + 1)} />
          <Note>Size, layers and what is already here are shown once {host} lets Tatin read the image.</Note>
        </>
      ) : null}
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
      <Catalog chosen={reference} onChoose={(chosen) => setNamed({ typed: chosen, tag: '' })} />
      <details open={wasUnreachable || undefined}>
        <summary>Advanced</summary>
        <div className="sheet-lines">
          <InsecureChoice registry={repository} isChosen={insecure} onChoose={setInsecure} />
        </div>
      </details>
    </Sheet>
  );
}
