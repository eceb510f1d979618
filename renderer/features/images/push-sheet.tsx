import { type ReactElement, useState } from 'react';
import type { ParsedInput } from '../../../electron/contract/contract.ts';
import { splitReference } from '../../../electron/contract/reference.ts';
import { useSubmit } from '../../client/use-submit.ts';
import { Button } from '../../components/button.tsx';
import { CheckBox, Choice, Field, FormRow } from '../../components/field.tsx';
import { Problem } from '../../components/problem.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { useApp } from '../../state/app.tsx';
import type { PushSource } from '../../state/view-store.ts';
import { InsecureChoice, isLoopback } from '../registries/insecure-choice.tsx';
import { LogInForm } from '../registries/log-in-form.tsx';

/** Pieces of an upload that registries are known to ask for, in bytes; see the terminal's help of `tatin push`. */
const pieces = [
  { value: '0', label: 'each layer in one request' },
  { value: '5000000', label: '5 MB, as ECR takes them' },
  { value: '3900000', label: '3.9 MB, as GHCR takes them' },
];

/** Where a machine or an image goes: one or more references, labels, and what only some registries need. */
export function PushSheet({ from, onClose }: { from: PushSource; onClose: () => void }): ReactElement {
  const app = useApp();
  const draft = usePushDraft(from);
  const push = useSubmit(async () => {
    await app.client.call('images.push', draft.input);
    app.view.setState({ overlay: { kind: 'jobs' } });
  });
  const asksForLogin = push.error?.code === 'login-required' || push.error?.code === 'login-refused';
  return (
    <Sheet
      {...headOf(from)}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="filled" disabled={!draft.canPush || push.isBusy} onClick={() => void push.run()}>
            Push
          </Button>
        </>
      }
    >
      <FormRow label="To">
        <Field
          label="References"
          mono
          autoFocus
          placeholder="registry.example.com/team/name:tag"
          value={draft.text}
          onChange={({ target }) => draft.change({ text: target.value })}
        />
        <span className="caption">Separate several names with spaces.</span>
      </FormRow>
      {push.error === undefined ? null : asksForLogin ? (
        <LogInForm
          key={draft.host}
          host={draft.host}
          insecure={draft.input.insecure}
          onLoggedIn={() => void push.run()}
        />
      ) : (
        <Problem error={push.error} />
      )}
      {from.kind === 'vm' ? (
        <FormRow label="Labels">
          <Field
            label="Labels"
            mono
            placeholder="team=ci, base=debian"
            value={draft.labels}
            error={draft.hasBadLabel ? 'Each label is a name, =, and a value' : undefined}
            onChange={({ target }) => draft.change({ labels: target.value })}
          />
        </FormRow>
      ) : null}
      <Advanced draft={draft} isVm={from.kind === 'vm'} />
    </Sheet>
  );
}

/** What only some registries need. */
function Advanced({ draft, isVm }: { draft: PushDraft; isVm: boolean }): ReactElement {
  const { change } = draft;
  return (
    <details>
      <summary>Advanced</summary>
      <div className="sheet-lines">
        {isVm ? (
          <>
            <FormRow label="Pieces">
              <Choice
                label="Pieces"
                value={`${draft.input.chunkBytes}`}
                options={pieces}
                onChange={(value) => change({ chunkBytes: Number(value) })}
              />
            </FormRow>
            <CheckBox isChosen={draft.input.populateCache} onChoose={(populateCache) => change({ populateCache })}>
              Keep a copy among the images here
            </CheckBox>
          </>
        ) : null}
        <InsecureChoice
          registry={draft.warnOf}
          isChosen={draft.input.insecure}
          onChoose={(insecure) => change({ insecure })}
        />
      </div>
    </details>
  );
}

function headOf(from: PushSource): { title: string; subtitle: string } {
  return from.kind === 'vm'
    ? {
        title: `Push “${from.name}”`,
        subtitle: 'Uploads its disk, settings and firmware variables. What the registry has already is not sent again.',
      }
    : {
        title: `Push ${from.reference}`,
        subtitle: 'Gives the image further names. Nothing is uploaded that the registry has.',
      };
}

/** What is typed and chosen. */
interface PushFields {
  readonly text: string;
  readonly labels: string;
  readonly chunkBytes: number;
  readonly populateCache: boolean;
  /** Undefined until it is chosen: then it depends on the registries. */
  readonly insecure: boolean | undefined;
}

interface PushDraft extends Pick<PushFields, 'text' | 'labels'> {
  readonly input: ParsedInput<'images.push'>;
  /** The first registry. */
  readonly host: string;
  /** Of several registries, the one that a warning about encryption is for. */
  readonly warnOf: string;
  readonly hasBadLabel: boolean;
  readonly canPush: boolean;
  readonly change: (changes: Partial<PushFields>) => void;
}

function usePushDraft(from: PushSource): PushDraft {
  const [fields, setFields] = useState<PushFields>(() => ({
    text: from.kind === 'image' ? beginningOf(from.reference) : '',
    labels: '',
    chunkBytes: 0,
    populateCache: false,
    insecure: undefined,
  }));
  const { text, labels, chunkBytes, populateCache } = fields;
  const references = text.split(/[\s,]+/).filter(Boolean);
  const { host } = splitReference(references[0] ?? '');
  const remote = references.find((reference) => !isLoopback(reference));
  const pairs = labelsOf(labels);
  const hasBadLabel = pairs.some(([name]) => name === '');
  const lacksTag = references.some((reference) => splitReference(reference).suffix === ':');
  return {
    text,
    labels,
    input: {
      source: from.kind === 'vm' ? { from: 'vm', id: from.id } : { from: 'image', reference: from.reference },
      references,
      labels: Object.fromEntries(pairs),
      chunkBytes,
      populateCache,
      insecure: fields.insecure ?? (references.length > 0 && remote === undefined),
    },
    host,
    warnOf: remote ?? host,
    hasBadLabel,
    canPush: references.length > 0 && !lacksTag && !hasBadLabel,
    change: (changes) => setFields((now) => ({ ...now, ...changes })),
  };
}

/** Another tag beside the first is what an image is mostly given: all but the tag stands there already. */
function beginningOf(reference: string): string {
  const { repository, suffix } = splitReference(reference);
  return suffix.startsWith(':') ? `${repository}:` : '';
}

/** `a=b, c` as pairs; a name alone has an empty value, as Tart has it. */
function labelsOf(text: string): [name: string, value: string][] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      return at < 0 ? [part, ''] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    });
}
