import type { Shell } from '../../electron/contract/shell.ts';
import { folderOfFiles, isFolder, readFolder } from './folder-to-send.ts';
import type { Sendable } from './send-file.ts';

/** Something that a person gave to the app: by its place on the host, by its bytes, or a folder by its files'. */
export type Given =
  | { readonly by: 'path'; readonly key: string; readonly name: string; readonly path: string }
  | { readonly by: 'bytes'; readonly key: string; readonly name: string; readonly file: File }
  | {
      readonly by: 'folder';
      readonly key: string;
      readonly name: string;
      readonly read: (signal: AbortSignal) => Promise<Sendable>;
    };

/** A file or folder of the host. */
export function givenPath(path: string): Given {
  const name = path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
  return { by: 'path', key: crypto.randomUUID(), name, path };
}

/** A file that this page may read. */
export function givenFile(file: File): Given {
  return { by: 'bytes', key: crypto.randomUUID(), name: file.name, file };
}

/** What was chosen as a folder in the browser's own dialog; undefined if nothing is in it. */
export function givenFolder(files: readonly File[]): Given | undefined {
  const folder = folderOfFiles(files);
  return folder && { by: 'folder', key: crypto.randomUUID(), ...folder };
}

/** Whether a drag brings files from outside, and no text or picture of a page. */
export function bringsFiles(transfer: DataTransfer | null): transfer is DataTransfer {
  return transfer?.types.includes('Files') === true;
}

/**
 * What was dropped, each once. Must be asked while the event is handled: afterwards the browser has forgotten it. A page
 * that may not know paths gets the bytes of files, and of folders what is in them.
 */
export function givenBy(transfer: DataTransfer, shell: Pick<Shell, 'pathOf'>): Given[] {
  const files = [...transfer.items].filter(({ kind }) => kind === 'file');
  return files.flatMap((item): Given[] => {
    const file = item.getAsFile();
    if (file === null) return [];
    const path = shell.pathOf?.(file) ?? '';
    if (path !== '') return [givenPath(path)];
    const entry = item.webkitGetAsEntry();
    if (entry === null || !isFolder(entry)) return [givenFile(file)];
    const read = (signal: AbortSignal): Promise<Sendable> => readFolder(entry, signal);
    return [{ by: 'folder', key: crypto.randomUUID(), name: entry.name, read }];
  });
}
