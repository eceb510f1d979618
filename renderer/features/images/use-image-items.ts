import type { KeyboardEvent, MouseEvent } from 'react';
import type { Image } from '../../../electron/contract/images.ts';
import { runCommand } from '../../commands/library-commands.ts';
import { useApp } from '../../state/app.tsx';
import { imageName } from '../../words/image-words.ts';
import { useChoosing } from '../../collection/use-choosing.ts';

/** The id of a row's element, for `aria-activedescendant`. */
export function imageRowId(imageId: string): string {
  return `image-${imageId}`;
}

/** Mouse and keyboard in the table of images: as in the list of machines, with Return for a machine and Delete. */
export function useImageItems(shown: readonly Image[]): {
  onChoose: (id: string, event: MouseEvent) => void;
  onKeyDown: (event: KeyboardEvent) => void;
  chosenOrNone: () => readonly Image[];
} {
  const app = useApp();
  const { view } = app;
  const onKey = (event: KeyboardEvent): boolean => {
    if (event.key === 'Enter') runCommand(app, 'image.make');
    else if (isDeleteKey(event)) runCommand(app, 'image.delete');
    else return false;
    return true;
  };
  return useChoosing(shown, {
    columns: 1,
    nameOf: imageName,
    elementIdOf: imageRowId,
    selected: () => view.getState().images,
    setSelected: ({ selection, anchor, focus }) =>
      view.setState(({ images }) => ({ images: { ...images, selection, anchor, focus } })),
    onKey,
  });
}

/** As the command that moves a machine to the Trash; boards that have a key of that name use it too. */
function isDeleteKey({ key, metaKey, ctrlKey }: KeyboardEvent): boolean {
  return key === 'Delete' || (key === 'Backspace' && (metaKey || ctrlKey));
}
