import type { ReactElement } from 'react';
import { useSubmit } from '../../client/use-submit.ts';
import { Button } from '../../components/button.tsx';
import { CheckBox, FormRow } from '../../components/field.tsx';
import { Looking } from '../../components/looking.tsx';
import { Note } from '../../components/note.tsx';
import { Problem } from '../../components/problem.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { useApp } from '../../state/app.tsx';
import { MachineName, StartWhenMade } from '../images/machine-name.tsx';
import { InsecureChoice } from '../registries/insecure-choice.tsx';
import { LogInForm } from '../registries/log-in-form.tsx';
import { Catalog } from './catalog.tsx';
import { DescriptionCard } from './description-card.tsx';
import { ReferenceFields } from './reference-fields.tsx';
import { type PullDraft, usePullDraft } from './use-pull-draft.ts';
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
  const draft = usePullDraft(first);
  const { description, makes, canPull } = draft;
  const pull = useSubmit(async () => {
    await app.client.call('images.pull', draft.input());
    app.view.setState({ overlay: { kind: 'jobs' } });
  });
  const submit = (): void => {
    if (canPull) void pull.run();
  };
  const verb = description?.state === 'cached' && makes ? 'Make' : 'Pull';
  const prunes = (description?.prunedFirst.length ?? 0) > 0;
  return (
    <Sheet
      title="Pull Image"
      onClose={onClose}
      footer={
        <>
          <CheckBox grows isChosen={makes} onChoose={draft.setMakes}>
            Make a virtual machine when done
          </CheckBox>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="filled" disabled={!canPull || pull.isBusy} onClick={submit}>
            {prunes ? `Prune and ${verb}` : verb}
          </Button>
        </>
      }
    >
      <FormRow label="Reference">
        <ReferenceFields
          value={draft.named}
          tags={draft.tags}
          startsAtTag={draft.startsAtTag}
          onChange={draft.setNamed}
          onSubmit={submit}
        />
      </FormRow>
      {pull.error === undefined ? null : <Problem error={pull.error} />}
      <RegistryAnswer draft={draft} />
      {makes && description !== undefined ? (
        <>
          <MachineName name={draft.name} onSubmit={submit} />
          <StartWhenMade isChosen={draft.start} onChoose={draft.setStart} />
        </>
      ) : null}
      <Catalog chosen={draft.reference} onChoose={(chosen) => draft.setNamed({ typed: chosen, tag: '' })} />
      <details open={draft.wasUnreachable || undefined}>
        <summary>Advanced</summary>
        <div className="sheet-lines">
          <InsecureChoice registry={draft.repository} isChosen={draft.insecure} onChoose={draft.setInsecure} />
        </div>
      </details>
    </Sheet>
  );
}

/** What the registry says of the reference, what it wants to know first, or that it is being asked. */
function RegistryAnswer({ draft }: { draft: PullDraft }): ReactElement | null {
  const { host, insecure, description, error } = draft;
  if (error?.code === 'login-required' || error?.code === 'login-refused')
    return (
      <>
        <LogInForm key={host} host={host} insecure={insecure} onLoggedIn={draft.askAgain} />
        <Note>Size, layers and what is already here are shown once {host} lets Tatin read the image.</Note>
      </>
    );
  if (error !== undefined) return <Problem error={error} />;
  if (description !== undefined) return <DescriptionCard description={description} />;
  if (!draft.isAsking) return null;
  return <Looking>Asking {host}</Looking>;
}
