import type { ReactElement } from 'react';
import { attempt } from '../../commands/attempt.ts';
import { Confirm } from '../../components/sheet.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { imageName } from '../../words/image-words.ts';
import { diskText } from '../../../electron/contract/words/sizes.ts';

/** Asks before images are deleted: they can be pulled again, which takes time and a registry that still has them. */
export function DeleteImages({
  imageIds,
  onClose,
}: {
  imageIds: readonly string[];
  onClose: () => void;
}): ReactElement {
  const app = useApp();
  const images = useLibrary((state) => state.images)?.filter(({ id }) => imageIds.includes(id)) ?? [];
  const [only] = images;
  const what = images.length === 1 && only !== undefined ? `“${imageName(only)}”` : `${images.length} images`;
  const bytes = images.reduce((sum, { allocatedBytes }) => sum + allocatedBytes, 0);
  const remove = (): void => {
    onClose();
    void attempt(app, `${what} was not deleted`, () => app.client.call('images.delete', { ids: [...imageIds] }));
  };
  return (
    <Confirm
      title={`Delete ${what}?`}
      text={`${diskText(bytes)} go, less what machines share with ${images.length === 1 ? 'it' : 'them'}. Machines stay as they are; to make more, ${images.length === 1 ? 'the image' : 'the images'} must be pulled again.`}
      verb="Delete"
      onConfirm={remove}
      onCancel={onClose}
    />
  );
}
