import { type ReactElement, useId } from 'react';
import type { ProcedureOutput } from '../../../electron/contract/contract.ts';
import { splitReference } from '../../../electron/contract/reference.ts';
import type { Answer } from '../../client/use-answer.ts';
import { Field } from '../../components/field.tsx';

/** More than a list below a field is of use for. */
const maxShown = 200;

/** A reference as it is typed: what stands before the tag, and the tag, if it was not typed with it. */
export interface TypedReference {
  readonly typed: string;
  readonly tag: string;
}

/** The whole of it. */
export function wholeReference({ typed, tag }: TypedReference): string {
  const { repository, suffix } = splitReference(typed);
  return suffix === '' && tag !== '' ? `${repository}:${tag}` : typed;
}

/** Two fields beside each other, with the repository's tags to choose from in the second. */
export function ReferenceFields({
  value,
  tags,
  startsAtTag,
  onChange,
  onSubmit,
}: {
  value: TypedReference;
  tags: Answer<ProcedureOutput<'images.tags'>>;
  startsAtTag: boolean;
  onChange: (value: TypedReference) => void;
  onSubmit: () => void;
}): ReactElement {
  const tagsId = useId();
  const { typed, tag } = value;
  const { suffix } = splitReference(typed);
  const known = tags.value?.tags ?? [];
  return (
    <>
      <span className="pull-reference">
        <Field
          label="Reference"
          mono
          data-first-focus={!startsAtTag || undefined}
          placeholder="ghcr.io/cirruslabs/ubuntu"
          value={typed}
          onChange={({ target }) => onChange({ typed: target.value.trim(), tag: '' })}
          onKeyDown={(event) => {
            if (event.key === 'Enter') onSubmit();
          }}
        />
        <Field
          label="Tag"
          width={130}
          data-first-focus={startsAtTag || undefined}
          placeholder="latest"
          list={tagsId}
          disabled={suffix !== ''}
          value={suffix === '' ? tag : suffix.slice(1)}
          onChange={({ target }) => onChange({ typed, tag: target.value.trim() })}
        />
        <datalist id={tagsId}>
          {known.slice(0, maxShown).map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      </span>
      <TagsLine tags={tags} />
    </>
  );
}

/** How many there are to choose from, or why the list has none. */
function TagsLine({ tags: { value, error } }: { tags: Answer<ProcedureOutput<'images.tags'>> }): ReactElement | null {
  if (error !== undefined)
    return (
      <span className="caption failed" role="status">
        Its tags can’t be listed: {error.message} Type one.
      </span>
    );
  if (value === undefined) return null;
  const count = value.tags.length;
  const more = value.more || count > maxShown;
  return (
    <span className="caption">
      {count === 0
        ? 'No tags yet'
        : more
          ? `The first ${Math.min(count, maxShown)} of its tags are listed; others can be typed`
          : `${count === 1 ? '1 tag' : `${count} tags`} to choose from`}
    </span>
  );
}
