import { type ReactElement, useEffect, useState } from 'react';
import { AppError } from '../../../electron/contract/errors.ts';
import type { FileEntry } from '../../../electron/contract/host.ts';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { Icon } from '../../components/icon.tsx';
import { Note } from '../../components/note.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { diskText } from '../../../electron/contract/words/sizes.ts';
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
  /** As which it was asked for. */
  readonly asked: string;
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

  const [typed, setTyped] = useState<string>();
  const [wanted, setWanted] = useState<string>();
  const open = (next: string): void => {
    setTyped(undefined);
    setError(undefined);
    setWanted(next);
  };
  const path = wanted ?? places[0]?.path;
  useEffect(() => {
    if (path === undefined) return;
    const controller = new AbortController();
    client.call('host.listFolder', { path, extensions: listed(kind, extensions) }, { signal: controller.signal }).then(
      (found) => {
        setFolder({ ...found, asked: path });
        setChosen((now) => (now !== undefined && found.entries.some((entry) => entry.path === now) ? now : undefined));
        setError(undefined);
      },
      (thrown: unknown) => {
        if (!controller.signal.aborted) setError(AppError.from(thrown).message);
      },
    );
    return () => controller.abort();
  }, [client, path, kind, extensions]);

  /** To a folder, or to a file in its folder. */
  const goTo = async (text: string): Promise<void> => {
    const extensionsHere = listed(kind, extensions);
    try {
      open((await client.call('host.listFolder', { path: text, extensions: extensionsHere })).path);
    } catch (thrown) {
      const parent = text.replace(/\/[^/]*\/?$/, '') || '/';
      const around = await client
        .call('host.listFolder', { path: parent, extensions: extensionsHere })
        .catch(() => undefined);
      const found = around?.entries.find((entry) => entry.path === text);
      if (found === undefined) setError(AppError.from(thrown).message);
      else {
        setChosen(found.path);
        open(parent);
      }
    }
  };

  // While a path is typed or looked for, what is chosen is not yet what is wanted.
  const isTyping = typed !== undefined && typed.trim() !== folder?.path;
  const isShown = !isTyping && (folder?.asked === path || error !== undefined);
  const inFolder = kind === 'file' ? chosen : (chosen ?? folder?.path);
  const result = isShown ? inFolder : undefined;
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
      <Field
        label="Path"
        mono
        value={typed ?? folder?.path ?? ''}
        onChange={({ target }) => setTyped(target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') void goTo(event.currentTarget.value.trim());
        }}
      />
      {error === undefined ? null : <Note look="failed">{error}</Note>}
      <ul className="chooser-list" aria-label="Files">
        {folder?.entries.length === 0 ? <li className="secondary chooser-empty">Nothing to choose here</li> : null}
        {folder?.entries.map((entry) => (
          <li key={entry.path}>
            <button
              type="button"
              aria-pressed={chosen === entry.path}
              onClick={() => {
                setTyped(undefined);
                setChosen(!entry.isFolder || kind !== 'file' ? entry.path : undefined);
              }}
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

/** No name ends in a slash, so that no file is listed. */
function listed(kind: ChooserOptions['kind'], extensions: readonly string[]): string[] {
  if (kind === 'folder') return ['/'];
  return [...extensions];
}
