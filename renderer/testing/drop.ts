import { act, fireEvent } from '@testing-library/react';

/** Drops files on the window, as from the desktop. jsdom has no DataTransfer, so this stands in for what is used of one. */
export async function drop(files: readonly File[]): Promise<void> {
  await act(async () => {
    fireEvent.drop(window, { dataTransfer: transferOf(files) });
    await Promise.resolve();
  });
}

/** Holds files over the window. */
export function holdOver(files: readonly File[]): void {
  fireEvent.dragOver(window, { dataTransfer: transferOf(files) });
}

function transferOf(files: readonly File[]): object {
  return {
    types: ['Files'],
    dropEffect: 'none',
    items: files.map((file) => ({
      kind: 'file',
      getAsFile: () => file,
      webkitGetAsEntry: () => ({ isDirectory: file.type === 'folder' }),
    })),
  };
}
