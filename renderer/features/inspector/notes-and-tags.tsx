import { type ReactElement, useState } from 'react';
import { type MachineVm, tagSchema } from '../../../electron/contract/machine.ts';
import { IconButton } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { TagChip } from '../../components/tag.tsx';
import { SettingError } from './setting-error.tsx';
import { useAnnotate } from './use-annotate.ts';

/** What people want to remember of a machine, and find it by. */
export function NotesAndTags({ vm }: { vm: MachineVm }): ReactElement {
  const { annotate, error } = useAnnotate(vm);
  const { tags, notes } = vm.annotations;
  const [draft, setDraft] = useState<string>();
  const [tag, setTag] = useState<string>();
  const parsed = tag === undefined ? undefined : tagSchema.safeParse(tag);
  const problem =
    tag !== undefined && tag !== '' && parsed?.success === false ? 'At most 40 characters, and no comma.' : undefined;
  const addTag = async (): Promise<void> => {
    if (parsed?.success !== true) return;
    if (tags.includes(parsed.data) || (await annotate({ tags: [...tags, parsed.data] }))) setTag(undefined);
  };
  return (
    <section>
      <h3>Notes and Tags</h3>
      <textarea
        aria-label="Notes"
        className="notes"
        rows={3}
        placeholder="Notes"
        maxLength={20_000}
        value={draft ?? notes}
        onChange={({ target }) => setDraft(target.value)}
        onBlur={() => {
          if (draft === undefined || draft === notes) setDraft(undefined);
          else void annotate({ notes: draft }).then((isSaved) => isSaved && setDraft(undefined));
        }}
      />
      <div className="inspector-tags">
        {tags.map((known) => (
          <TagChip
            key={known}
            tag={known}
            onRemove={() => void annotate({ tags: tags.filter((other) => other !== known) })}
          />
        ))}
        {tag === undefined ? (
          <IconButton icon="plus" size="small" label="Add Tag" onClick={() => setTag('')} />
        ) : (
          <Field
            label="New tag"
            placeholder="Tag"
            width={120}
            autoFocus
            value={tag}
            error={problem}
            onChange={({ target }) => setTag(target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter') void addTag();
              if (event.key === 'Escape') setTag(undefined);
            }}
            onBlur={() => {
              if (tag === '') setTag(undefined);
              else void addTag();
            }}
          />
        )}
      </div>
      <SettingError text={error} />
    </section>
  );
}
