import { createContext, type ReactElement, use } from 'react';
import { Icon } from './icon.tsx';
import './tag.css';

/** Colours of the tokens that are told apart at a glance. That of failure is not among them: a tag is no alarm. */
const colours = ['running', 'suspended', 'paused', 'busy', 'stopped'] as const;

/** The colour of each tag of the library. */
export const TagColours = createContext<ReadonlyMap<string, string>>(new Map());

/**
 * A colour for each tag: the one that its name leads to, or the next that is free, so that as many as can differ do.
 * The order of the tags decides who gives way.
 */
export function tagColours(tags: readonly string[]): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  const taken = new Set<number>();
  for (const tag of tags) {
    const own = placeOf(tag);
    const free = colours.map((_, step) => (own + step) % colours.length).find((place) => !taken.has(place));
    taken.add(free ?? own);
    given.set(tag, `var(--state-${colours[free ?? own] ?? 'stopped'})`);
  }
  return given;
}

function placeOf(tag: string): number {
  let hash = 0;
  for (const character of tag) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % colours.length;
}

/** The colour of a tag alone, where its name stands beside it. */
export function TagDot({ tag }: { tag: string }): ReactElement {
  const background = use(TagColours).get(tag);
  return <i className="tag-dot" style={{ background }} />;
}

/** A tag as a pill with its colour; with `onRemove`, a button to take it off. */
export function TagChip({ tag, onRemove }: { tag: string; onRemove?: () => void }): ReactElement {
  return (
    <span className="tag">
      <TagDot tag={tag} />
      {tag}
      {onRemove === undefined ? null : (
        <button type="button" aria-label={`Remove tag ${tag}`} title={`Remove tag ${tag}`} onClick={onRemove}>
          <Icon name="close" size={12} />
        </button>
      )}
    </span>
  );
}
