import { type ReactElement, useState } from 'react';
import type { Image } from '../../../electron/contract/images.ts';
import { splitReference } from '../../../electron/contract/reference.ts';
import { useSubmit } from '../../client/use-submit.ts';
import { Button } from '../../components/button.tsx';
import { Note } from '../../components/note.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { errorText } from '../../words/error-text.ts';
import { imageKind, imageName } from '../../words/image-words.ts';
import { diskText } from '../../../electron/contract/words/sizes.ts';
import { MachineName, StartWhenMade, useMachineName } from './machine-name.tsx';

/** Makes a machine from an image that is here. */
export function FromImageSheet({ imageId, onClose }: { imageId: string; onClose: () => void }): ReactElement | null {
  const image = useLibrary(({ images }) => images?.find(({ id }) => id === imageId));
  return image === undefined ? null : <Parts image={image} onClose={onClose} />;
}

function Parts({ image, onClose }: { image: Image; onClose: () => void }): ReactElement {
  const app = useApp();
  const name = useMachineName(splitReference(image.repository).name);
  const [start, setStart] = useState(true);
  const make = useSubmit(async () => {
    await app.client.call('images.clone', { id: image.id, name: name.value, start });
    app.view.setState({ page: 'machines', filter: { by: 'all' }, query: '' });
    onClose();
  });
  return (
    <Sheet
      title={`Machine from ${imageName(image)}`}
      subtitle={`${imageKind(image)}, a disk of ${diskText(image.diskBytes)}`}
      width="narrow"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="filled" disabled={!name.isGood || make.isBusy} onClick={() => void make.run()}>
            Make
          </Button>
        </>
      }
    >
      <MachineName name={name} onSubmit={() => name.isGood && void make.run()} />
      <StartWhenMade isChosen={start} onChoose={setStart} />
      {make.error === undefined ? null : <Note look="failed">{errorText(make.error)}</Note>}
    </Sheet>
  );
}
