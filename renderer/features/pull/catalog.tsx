import { type ReactElement, useState } from 'react';
import type { CatalogEntry, Image } from '../../../electron/contract/images.ts';
import { useAnswer } from '../../client/use-answer.ts';
import { Button } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { Note } from '../../components/note.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';

type Kind = 'all' | 'darwin' | 'linux';
const kinds: readonly { kind: Kind; label: string }[] = [
  { kind: 'all', label: 'All' },
  { kind: 'darwin', label: 'macOS' },
  { kind: 'linux', label: 'Linux' },
];

/** Well-known images, for who has no reference at hand; those that this host can't run say why. */
export function Catalog({
  chosen,
  onChoose,
}: {
  chosen: string;
  onChoose: (reference: string) => void;
}): ReactElement | null {
  const { client } = useApp();
  const [round, setRound] = useState(0);
  const { value: entries, error } = useAnswer(`catalog ${round}`, (signal) =>
    client.call('images.catalog', {}, { signal }),
  );
  const images = useLibrary((state) => state.images) ?? [];
  const [query, setQuery] = useState('');
  const [kind, setKind] = useState<Kind>('all');
  if (error !== undefined)
    return (
      <Note
        look="failed"
        action={
          <Button size="small" onClick={() => setRound(round + 1)}>
            Try Again
          </Button>
        }
      >
        <b>The catalog can’t be shown.</b> {error.message} {error.hint}
      </Note>
    );
  if (entries === undefined || entries.length === 0) return null;
  const words = query.toLowerCase().split(/\s+/);
  // What runs here comes first; the order within is the catalog's own.
  const ordered = [...entries].sort(
    (a, b) => Number(a.notRunnable !== undefined) - Number(b.notRunnable !== undefined),
  );
  const shown = ordered.filter(
    (entry) =>
      (kind === 'all' || entry.os === kind) &&
      words.every((word) => `${entry.title} ${entry.reference} ${entry.summary}`.toLowerCase().includes(word)),
  );
  return (
    <section aria-label="Catalog" className="catalog">
      <div className="catalog-head">
        <h3 className="grow">Catalog</h3>
        <label className="search">
          <Icon name="search" />
          <input
            type="search"
            placeholder="Filter"
            aria-label="Filter the catalog"
            value={query}
            onChange={({ target }) => setQuery(target.value)}
          />
        </label>
        <KindChoice kind={kind} onChoose={setKind} />
      </div>
      {shown.length === 0 ? (
        <p className="secondary">Nothing in the catalog matches.</p>
      ) : (
        <ul className="catalog-list">
          {shown.map((entry) => (
            <Entry
              key={entry.reference}
              entry={entry}
              images={images}
              isChosen={entry.reference === chosen}
              onChoose={onChoose}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

function KindChoice({ kind, onChoose }: { kind: Kind; onChoose: (kind: Kind) => void }): ReactElement {
  return (
    <div className="segments" role="group" aria-label="System">
      {kinds.map((each) => (
        <button
          key={each.kind}
          type="button"
          className="segment-text"
          aria-pressed={kind === each.kind}
          onClick={() => onChoose(each.kind)}
        >
          {each.label}
        </button>
      ))}
    </div>
  );
}

function Entry({
  entry,
  images,
  isChosen,
  onChoose,
}: {
  entry: CatalogEntry;
  images: readonly Image[];
  isChosen: boolean;
  onChoose: (reference: string) => void;
}): ReactElement {
  return (
    <li>
      <button type="button" aria-pressed={isChosen} onClick={() => onChoose(entry.reference)}>
        <Icon name={entry.os === 'darwin' ? 'laptop' : 'layers'} />
        <span className="catalog-names">
          <b>{entry.title}</b>
          <span className="caption cut">
            {entry.reference} · {entry.summary}
          </span>
        </span>
        <Remark entry={entry} images={images} />
      </button>
    </li>
  );
}

function Remark({ entry, images }: { entry: CatalogEntry; images: readonly Image[] }): ReactElement | null {
  const isHere = images.some(({ repository, tags }) => tags.some((tag) => `${repository}:${tag}` === entry.reference));
  if (isHere)
    return (
      <span className="catalog-here">
        <Icon name="check" size={12} /> Here
      </span>
    );
  if (entry.notRunnable === undefined) return null;
  return (
    <span className="dim" title={entry.notRunnable}>
      Does not run here
    </span>
  );
}
