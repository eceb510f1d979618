import type { ReactElement } from 'react';
import type { Vm } from '../../electron/contract/machine.ts';
import { type StateLook, stateOf } from '../words/state-words.ts';
import './state-mark.css';

/** Filled glyphs on a grid of 12, told apart by their outline alone. */
const glyphs: Record<Exclude<StateLook, 'busy'>, string> = {
  running: 'M2.5 1.6v8.8c0 .6.6 1 1.1.6l6.6-4.4c.5-.3.5-.9 0-1.2L3.6 1c-.5-.4-1.1 0-1.1.6Z',
  paused:
    'M3 1.5h1c.55 0 1 .45 1 1v7c0 .55-.45 1-1 1H3c-.55 0-1-.45-1-1v-7c0-.55.45-1 1-1ZM8 1.5h1c.55 0 1 .45 1 1v7c0 .55-.45 1-1 1H8c-.55 0-1-.45-1-1v-7c0-.55.45-1 1-1Z',
  suspended: 'M10.9 7.4A5.1 5.1 0 0 1 4.6 1.1a.5.5 0 0 0-.7-.6A6 6 0 1 0 11.5 8a.5.5 0 0 0-.6-.6Z',
  stopped:
    'M3 1h6c1.1 0 2 .9 2 2v6c0 1.1-.9 2-2 2H3c-1.1 0-2-.9-2-2V3c0-1.1.9-2 2-2Zm.4 1.6c-.4 0-.8.4-.8.8v5.2c0 .4.4.8.8.8h5.2c.4 0 .8-.4.8-.8V3.4c0-.4-.4-.8-.8-.8Z',
  failed:
    'M6.9.9a1 1 0 0 0-1.8 0L.3 9.8c-.4.7.1 1.5.9 1.5h9.6c.8 0 1.3-.8.9-1.5ZM5.3 4.3c0-.9 1.4-.9 1.4 0l-.2 2.7h-1ZM6 9.7a.8.8 0 1 1 0-1.6.8.8 0 0 1 0 1.6Z',
  unreadable: 'M6 0a6 6 0 1 1 0 12A6 6 0 0 1 6 0ZM3.6 5.3c-.9 0-.9 1.4 0 1.4h4.8c.9 0 .9-1.4 0-1.4Z',
};

/** The shape of a state alone, where its word stands beside it already. */
export function StateGlyph({ look }: { look: StateLook }): ReactElement {
  if (look === 'busy') return <span className="spinner" aria-hidden="true" />;
  return (
    <svg viewBox="0 0 12 12" width={12} height={12} aria-hidden="true">
      <path fillRule="evenodd" d={glyphs[look]} />
    </svg>
  );
}

/** What a VM is doing: silhouette, word, colour. */
export function StateMark({ vm }: { vm: Vm }): ReactElement {
  const { look, word } = stateOf(vm);
  return (
    <span className="state-mark" data-look={look}>
      <StateGlyph look={look} />
      {word}
    </span>
  );
}
