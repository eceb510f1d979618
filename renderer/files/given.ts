import type { Shell } from '../../electron/contract/shell.ts';

/** Something that a person gave to the app: by its place on the host, by its bytes, or a folder that can't be sent. */
export type Given =
  | { readonly by: 'path'; readonly key: string; readonly name: string; readonly path: string }
  | { readonly by: 'bytes'; readonly key: string; readonly name: string; readonly file: File }
  | { readonly by: 'nothing'; readonly key: string; readonly name: string };

/** A file or folder of the host. */
export function givenPath(path: string): Given {
  const name = path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
  return { by: 'path', key: crypto.randomUUID(), name, path };
}

/** A file that this page may read. */
export function givenFile(file: File): Given {
  return { by: 'bytes', key: crypto.randomUUID(), name: file.name, file };
}

/** Whether a drag brings files from outside, and no text or picture of a page. */
export function bringsFiles(transfer: DataTransfer | null): transfer is DataTransfer {
  return transfer?.types.includes('Files') === true;
}

/**
 * What was dropped, each once. Must be asked while the event is handled: afterwards the browser has forgotten it. A page
 * that may not know paths gets the bytes of files, and of folders nothing that it could send as one.
 */
export function givenBy(transfer: DataTransfer, shell: Pick<Shell, 'pathOf'>): Given[] {
  const files = [...transfer.items].filter(({ kind }) => kind === 'file');
  return files.flatMap((item): Given[] => {
    const file = item.getAsFile();
    if (file === null) return [];
    const path = shell.pathOf?.(file) ?? '';
    if (path !== '') return [givenPath(path)];
    const isFolder = item.webkitGetAsEntry()?.isDirectory === true;
    return [isFolder ? { by: 'nothing', key: crypto.randomUUID(), name: file.name } : givenFile(file)];
  });
}
