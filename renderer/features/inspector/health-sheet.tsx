import { type ReactElement, useState } from 'react';
import { type HealthCheck, type HealthSettings, healthSettingsSchema } from '../../../electron/contract/supervision.ts';
import type { MachineVm } from '../../../electron/contract/machine.ts';
import { Button } from '../../components/button.tsx';
import { Choice, Field, FormRow } from '../../components/field.tsx';
import { Note } from '../../components/note.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { useAnnotate } from './use-annotate.ts';

/** The settings as typed. */
interface Draft {
  by: HealthCheck['by'];
  port: string;
  path: string;
  intervalSeconds: string;
  timeoutSeconds: string;
  retries: string;
  startSeconds: string;
  onFailure: HealthSettings['onFailure'];
}

type NumberField = 'intervalSeconds' | 'timeoutSeconds' | 'retries' | 'startSeconds';

const numberFields: readonly { field: NumberField; label: string; unit: string; help: string }[] = [
  { field: 'intervalSeconds', label: 'Every', unit: 's', help: '1 to 86400' },
  { field: 'timeoutSeconds', label: 'Time to answer', unit: 's', help: '1 to 600' },
  { field: 'retries', label: 'Unhealthy after', unit: 'failures', help: '1 to 100' },
  { field: 'startSeconds', label: 'Time to start', unit: 's', help: '0 to 86400' },
];

const checks: readonly { value: HealthCheck['by']; label: string }[] = [
  { value: 'agent', label: 'The guest agent answers' },
  { value: 'tcp', label: 'A port answers' },
  { value: 'http', label: 'A web page answers' },
];

const actions: readonly { value: HealthSettings['onFailure']; label: string }[] = [
  { value: 'record', label: 'Note it in its events' },
  { value: 'restart', label: 'Turn it off and on' },
];

function draftOf(settings: HealthSettings | null): Draft {
  const { check, ...measure } = settings ?? healthSettingsSchema.parse({ check: { by: 'agent' } });
  return {
    by: check.by,
    port: check.by === 'agent' ? '80' : String(check.port),
    path: check.by === 'http' ? check.path : '/',
    intervalSeconds: String(measure.intervalSeconds),
    timeoutSeconds: String(measure.timeoutSeconds),
    retries: String(measure.retries),
    startSeconds: String(measure.startSeconds),
    onFailure: measure.onFailure,
  };
}

/** What the draft would be kept as, or which of its fields are wrong. */
function parse({ by, port, path, ...measure }: Draft): { settings?: HealthSettings; wrong: ReadonlySet<string> } {
  const check = by === 'agent' ? { by } : by === 'tcp' ? { by, port: number(port) } : { by, port: number(port), path };
  const parsed = healthSettingsSchema.safeParse({
    check,
    intervalSeconds: number(measure.intervalSeconds),
    timeoutSeconds: number(measure.timeoutSeconds),
    retries: number(measure.retries),
    startSeconds: number(measure.startSeconds),
    onFailure: measure.onFailure,
  });
  if (parsed.success) return { settings: parsed.data, wrong: new Set() };
  return { wrong: new Set(parsed.error.issues.map((issue) => String(issue.path.at(-1)))) };
}

/** An empty field is no number, and not 0. */
function number(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

/** Sets, changes or takes away the health check of a machine. */
export function HealthSheet({ vm, onClose }: { vm: MachineVm; onClose: () => void }): ReactElement {
  const { annotate, error } = useAnnotate(vm);
  const before = vm.annotations.health;
  const [draft, setDraft] = useState(() => draftOf(before));
  const change = (parts: Partial<Draft>): void => setDraft((now) => ({ ...now, ...parts }));
  const { settings, wrong } = parse(draft);
  const keep = async (health: HealthSettings | null): Promise<void> => {
    if (await annotate({ health })) onClose();
  };
  return (
    <Sheet
      title={`Health of “${vm.name}”`}
      width="narrow"
      onClose={onClose}
      footer={
        <>
          {before === null ? null : <Button onClick={() => void keep(null)}>Turn Off</Button>}
          <span className="grow" />
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="filled"
            disabled={settings === undefined}
            onClick={() => settings !== undefined && void keep(settings)}
          >
            Save
          </Button>
        </>
      }
    >
      <div className="health-form">
        <FormRow label="It works if">
          <Choice
            label="It works if"
            value={draft.by}
            options={checks}
            onChange={(value) => change({ by: checks.find((one) => one.value === value)?.value ?? 'agent' })}
          />
        </FormRow>
        {draft.by === 'agent' ? null : <Target draft={draft} wrong={wrong} change={change} />}
        {numberFields.map(({ field, label, unit, help }) => (
          <FormRow key={field} label={label}>
            <Field
              label={label}
              inputMode="numeric"
              width={132}
              unit={unit}
              value={draft[field]}
              error={wrong.has(field) ? help : undefined}
              onChange={({ target }) => change({ [field]: target.value })}
            />
          </FormRow>
        ))}
        <FormRow label="Then">
          <Choice
            label="When it is unhealthy"
            value={draft.onFailure}
            options={actions}
            onChange={(value) => change({ onFailure: value === 'restart' ? 'restart' : 'record' })}
          />
        </FormRow>
        {draft.onFailure === 'restart' ? (
          <Note look="warning">As pulling the plug would: what the guest has not written to its disk is lost.</Note>
        ) : null}
        {error === undefined ? null : <Note look="failed">{error}</Note>}
      </div>
    </Sheet>
  );
}

function Target({
  draft,
  wrong,
  change,
}: {
  draft: Draft;
  wrong: ReadonlySet<string>;
  change: (parts: Partial<Draft>) => void;
}): ReactElement {
  return (
    <>
      <FormRow label="Port">
        <Field
          label="Port in the guest"
          inputMode="numeric"
          width={132}
          value={draft.port}
          error={wrong.has('port') ? '1 to 65535' : undefined}
          onChange={({ target }) => change({ port: target.value })}
        />
      </FormRow>
      {draft.by === 'http' ? (
        <FormRow label="Path">
          <Field
            label="Path of the page"
            mono
            value={draft.path}
            error={wrong.has('path') ? 'Begins with a slash, no blanks' : undefined}
            onChange={({ target }) => change({ path: target.value })}
          />
        </FormRow>
      ) : null}
    </>
  );
}
