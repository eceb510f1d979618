import { type ReactElement, useState } from 'react';
import { Button, IconButton } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { Icon } from '../../components/icon.tsx';

/** A setting as text, with a field to change it in where it is not locked. */
export function EditableRow({
  label,
  shown,
  value,
  unit,
  isOpen,
  check,
  onSave,
}: {
  label: string;
  shown: string;
  value: string;
  unit?: string;
  isOpen: boolean;
  /** What is wrong with a text; undefined if nothing. */
  check: (text: string) => string | undefined;
  /** Resolves with whether it was saved. */
  onSave: (text: string) => Promise<boolean>;
}): ReactElement {
  const [text, setText] = useState<string>();
  const [isSaving, setSaving] = useState(false);
  const problem = text === undefined ? undefined : text.trim() === '' ? 'Needs a value' : check(text);
  const save = async (): Promise<void> => {
    if (text === undefined || problem !== undefined) return;
    setSaving(true);
    if (text === value || (await onSave(text))) setText(undefined);
    setSaving(false);
  };
  if (text === undefined || !isOpen)
    return (
      <div className="setting">
        <span className="setting-label">{label}</span>
        <span className="cut grow" title={shown}>
          {shown}
        </span>
        {isOpen ? (
          <IconButton icon="pencil" size="small" label={`Change ${label}`} onClick={() => setText(value)} />
        ) : (
          <Icon name="lock" />
        )}
      </div>
    );
  return (
    <div className="setting">
      <span className="setting-label">{label}</span>
      <span className="grow">
        <Field
          label={label}
          value={text}
          autoFocus
          disabled={isSaving}
          error={problem}
          {...(unit === undefined ? {} : { unit })}
          onFocus={({ target }) => target.select()}
          onChange={({ target }) => setText(target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') void save();
            if (event.key === 'Escape') setText(undefined);
          }}
        />
      </span>
      <Button size="small" look="filled" disabled={problem !== undefined || isSaving} onClick={() => void save()}>
        {isSaving ? 'Saving' : 'Save'}
      </Button>
    </div>
  );
}
