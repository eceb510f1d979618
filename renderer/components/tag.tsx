import type { ReactElement } from 'react';
import { Icon } from './icon.tsx';
import './tag.css';

/** Colours of the tokens that are told apart at a glance; a tag keeps its own through its name. */
const colours = ['running', 'suspended', 'paused', 'busy', 'failed', 'stopped'] as const;

/** The colour of a tag: the same for the same name, everywhere. */
export function tagColour(tag: string): string {
  let hash = 0;
  for (const character of tag) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return `var(--state-${colours[hash % colours.length] ?? 'stopped'})`;
}

/** A tag as a pill with its colour; with `onRemove`, a button to take it off. */
export function TagChip({ tag, onRemove }: { tag: string; onRemove?: () => void }): ReactElement {
  return (
    <span className="tag">
      <i style={{ background: tagColour(tag) }} />
      {tag}
      {onRemove === undefined ? null : (
        <button type="button" aria-label={`Remove tag ${tag}`} title={`Remove tag ${tag}`} onClick={onRemove}>
          <Icon name="close" size={12} />
        </button>
      )}
    </span>
  );
}
