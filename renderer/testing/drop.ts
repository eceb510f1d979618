import { act, fireEvent } from '@testing-library/react';

/** A folder as a browser gives it: what is in it, files and folders by their names. */
export interface DroppedFolder {
  readonly name: string;
  readonly entries: readonly (File | DroppedFolder)[];
}

/** Drops files on the window, as from the desktop. jsdom has no DataTransfer, so this stands in for what is used of one. */
export async function drop(files: readonly (File | DroppedFolder)[]): Promise<void> {
  await act(async () => {
    fireEvent.drop(window, { dataTransfer: transferOf(files) });
    await Promise.resolve();
  });
}

/** Holds files over the window. */
export function holdOver(files: readonly File[]): void {
  fireEvent.dragOver(window, { dataTransfer: transferOf(files) });
}

/** As the File and Directory Entries API has it: by callbacks, a folder's entries in batches with an empty one last. */
function entryOf(item: File | DroppedFolder): object {
  if (item instanceof File)
    return {
      name: item.name,
      isFile: true,
      isDirectory: false,
      file: (found: (file: File) => void) => queueMicrotask(() => found(item)),
    };
  return {
    name: item.name,
    isFile: false,
    isDirectory: true,
    createReader: () => {
      const left = item.entries.map(entryOf);
      return { readEntries: (found: (batch: object[]) => void) => queueMicrotask(() => found(left.splice(0, 2))) };
    },
  };
}

function transferOf(files: readonly (File | DroppedFolder)[]): object {
  return {
    types: ['Files'],
    dropEffect: 'none',
    items: files.map((file) => ({
      kind: 'file',
      getAsFile: () => (file instanceof File ? file : new File([], file.name)),
      webkitGetAsEntry: () => entryOf(file),
    })),
  };
}
