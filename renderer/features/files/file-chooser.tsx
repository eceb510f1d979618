import { type ReactElement, useEffect, useState } from 'react';
import { AppError } from '../../../electron/contract/errors.ts';
import type { FileEntry } from '../../../electron/contract/host.ts';
import { Button } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { Note } from '../../components/note.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { diskText } from '../../words/sizes.ts';
import './files.css';

export interface ChooserOptions {
  readonly title: string;
  /** `any`: files and folders alike. */
  readonly kind: 'file' | 'folder' | 'any';
  /** With their dots; absent for all. */
  readonly extensions?: readonly string[];
}

/** One list, so that a default does not look new at every rendering. */
const anything: readonly string[] = [];

interface Folder {
  readonly path: string;
  readonly parent?: string | undefined;
  readonly entries: readonly FileEntry[];
}

/** Files and folders of the host, for a page that has no dialog of its system's: in a browser the host may be another computer. */
export function FileChooser({
  options: { title, kind, extensions = anything },
  onChoose,
  onClose,
}: {
  options: ChooserOptions;
  onChoose: (path: string) => void;
  onClose: () => void;
}): ReactElement {
  const { client } = useApp();
  const places = useLibrary(({ host }) => host?.places ?? []);
  const [folder, setFolder] = useState<Folder>();
  const [chosen, setChosen] = useState<string>();
  const [error, setError] = useState<string>();

  const [wanted, open] = useState<string>();
  const path = wanted ?? places[0]?.path;
  useEffect(() => {
    if (path === undefined) return;
    const controller = new AbortController();
    // Every name ends in nothing, and none in a slash.
    const everything = extensions.length === 0 ? [''] : [...extensions];
    const wantedExtensions = kind === 'folder' ? ['/'] : everything;
    client.call('host.listFolder', { path, extensions: wantedExtensions }, { signal: controller.signal }).then(
      (found) => {
        setFolder(found);
        setChosen(undefined);
        setError(undefined);
      },
      (thrown: unknown) => {
        if (!controller.signal.aborted) setError(AppError.from(thrown).message);
      },
    );
    return () => controller.abort();
  }, [client, path, kind, extensions]);

  const result = kind === 'file' ? chosen : (chosen ?? folder?.path);
  return (
    <Sheet
      title={title}
      subtitle={subtitleOf(kind, extensions)}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="filled"
            disabled={result === undefined}
            onClick={() => result !== undefined && onChoose(result)}
          >
            Choose
          </Button>
        </>
      }
    >
      <div className="chooser-places">
        {places.map((place) => (
          <Button key={place.path} size="small" onClick={() => open(place.path)}>
            {place.name}
          </Button>
        ))}
        <Button
          size="small"
          disabled={folder?.parent === undefined}
          onClick={() => folder?.parent !== undefined && open(folder.parent)}
        >
          Enclosing Folder
        </Button>
      </div>
      <p className="mono cut secondary">{folder?.path}</p>
      {error === undefined ? null : <Note look="failed">{error}</Note>}
      <ul className="chooser-list" aria-label="Files">
        {folder?.entries.length === 0 ? <li className="secondary chooser-empty">Nothing to choose here</li> : null}
        {folder?.entries.map((entry) => (
          <li key={entry.path}>
            <button
              type="button"
              aria-pressed={chosen === entry.path}
              onClick={() => setChosen(!entry.isFolder || kind !== 'file' ? entry.path : undefined)}
              onDoubleClick={() => (entry.isFolder ? open(entry.path) : onChoose(entry.path))}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && entry.isFolder) open(entry.path);
              }}
            >
              <Icon name={entry.isFolder ? 'folder' : 'disc'} />
              <span className="cut grow">{entry.name}</span>
              {entry.isFolder ? (
                <Icon name="chevron-right" size={12} />
              ) : (
                <span className="secondary">{diskText(entry.bytes)}</span>
              )}
            </button>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}

function subtitleOf(kind: ChooserOptions['kind'], extensions: readonly string[]): string {
  if (kind === 'folder') return 'A folder on the host';
  if (extensions.length > 0) return `Files on the host that end in ${extensions.join(', ')}`;
  return kind === 'any' ? 'A file or folder on the host' : 'A file on the host';
}
