import { type ReactElement, useState } from 'react';
import { AppError, type ErrorInfo } from '../../../electron/contract/errors.ts';
import { Button } from '../../components/button.tsx';
import { Choice, Field, FormRow } from '../../components/field.tsx';
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
  const [text, setText] = useState(from.kind === 'image' ? beginningOf(from.reference) : '');
  const [labels, setLabels] = useState('');
  const [chunkBytes, setChunkBytes] = useState('0');
  const [populateCache, setPopulateCache] = useState(false);
  const [insecureWish, setInsecure] = useState<boolean>();
  const [failure, setFailure] = useState<ErrorInfo>();
  const references = text.split(/[\s,]+/).filter(Boolean);
  const host = references[0]?.split('/')[0] ?? '';
  // Of several registries, the warning is for one that is elsewhere.
  const elsewhere = references.find((reference) => !isLoopback(reference));
  const insecure = insecureWish ?? (references.length > 0 && elsewhere === undefined);
  const badLabel = labelsOf(labels).find(([name]) => name === '');
  const push = async (): Promise<void> => {
    setFailure(undefined);
    try {
      await app.client.call('images.push', {
        source: from.kind === 'vm' ? { from: 'vm', id: from.id } : { from: 'image', reference: from.reference },
        references,
        labels: Object.fromEntries(labelsOf(labels)),
        chunkBytes: Number(chunkBytes),
        populateCache,
        insecure,
      });
      app.view.setState({ overlay: { kind: 'jobs' } });
    } catch (thrown) {
      setFailure(AppError.from(thrown).toInfo());
    }
  };
  const isVm = from.kind === 'vm';
  return (
    <Sheet
      title={`Push ${isVm ? `“${from.name}”` : from.reference}`}
      subtitle={
        isVm
          ? 'Uploads its disk, settings and firmware variables. What the registry has already is not sent again.'
          : 'Gives the image further names. Nothing is uploaded that the registry has.'
      }
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="filled"
            disabled={references.length === 0 || references.some(lacksTag) || badLabel !== undefined}
            onClick={() => void push()}
          >
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
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
        <span className="caption">Several, with blanks between, become one image under several names.</span>
      </FormRow>
      {failure?.code === 'login-required' || failure?.code === 'login-refused' ? (
        <LogInForm key={host} host={host} insecure={insecure} onLoggedIn={() => void push()} />
      ) : failure === undefined ? null : (
        <Problem error={failure} />
      )}
      {isVm ? (
        <FormRow label="Labels">
          <Field
            label="Labels"
            mono
            placeholder="team=ci, base=debian"
            value={labels}
            error={badLabel === undefined ? undefined : 'Each label is a name, =, and a value'}
            onChange={({ target }) => setLabels(target.value)}
          />
        </FormRow>
      ) : null}
      <details>
        <summary>Advanced</summary>
        <div className="sheet-lines">
          {isVm ? (
            <>
              <FormRow label="Pieces">
                <Choice label="Pieces" value={chunkBytes} options={pieces} onChange={setChunkBytes} />
              </FormRow>
              <label className="form-line">
                <input
                  type="checkbox"
                  checked={populateCache}
                  onChange={({ target }) => setPopulateCache(target.checked)}
                />
                Keep a copy among the images here
              </label>
            </>
          ) : null}
          <InsecureChoice registry={elsewhere ?? host} isChosen={insecure} onChoose={setInsecure} />
        </div>
      </details>
    </Sheet>
  );
}

/** Another tag beside the first is what an image is mostly given: all but the tag stands there already. */
function beginningOf(reference: string): string {
  const colon = reference.indexOf(':', reference.lastIndexOf('/'));
  return reference.includes('@') || colon < 0 ? '' : reference.slice(0, colon + 1);
}

function lacksTag(reference: string): boolean {
  return reference.endsWith(':');
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
