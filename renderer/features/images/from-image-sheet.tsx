import { type ReactElement, useState } from 'react';
import { AppError } from '../../../electron/contract/errors.ts';
import type { Image } from '../../../electron/contract/images.ts';
import { Button } from '../../components/button.tsx';
import { FormRow } from '../../components/field.tsx';
import { Note } from '../../components/note.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { imageKind, imageName } from '../../words/image-words.ts';
import { diskText } from '../../words/sizes.ts';
import { MachineName, useMachineName } from './machine-name.tsx';

/** Makes a machine from an image that is here. */
export function FromImageSheet({ imageId, onClose }: { imageId: string; onClose: () => void }): ReactElement | null {
  const image = useLibrary(({ images }) => images?.find(({ id }) => id === imageId));
  return image === undefined ? null : <Parts image={image} onClose={onClose} />;
}

function Parts({ image, onClose }: { image: Image; onClose: () => void }): ReactElement {
  const app = useApp();
  const name = useMachineName(image.repository.slice(image.repository.lastIndexOf('/') + 1));
  const [start, setStart] = useState(true);
  const [failure, setFailure] = useState<string>();
  const make = async (): Promise<void> => {
    try {
      await app.client.call('images.clone', { id: image.id, name: name.value, start });
      app.view.setState({ page: 'machines', filter: { by: 'all' }, query: '' });
      onClose();
    } catch (error) {
      const { message, hint } = AppError.from(error);
      setFailure(hint === undefined ? message : `${message} ${hint}`);
    }
  };
  return (
    <Sheet
      title={`Machine from ${imageName(image)}`}
      subtitle={`${imageKind(image)}, a disk of ${diskText(image.diskBytes)}`}
      width="narrow"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="filled" disabled={!name.isGood} onClick={() => void make()}>
            Make
          </Button>
        </>
      }
    >
      <MachineName name={name} onSubmit={() => name.isGood && void make()} />
      <FormRow label="Then">
        <label className="form-line">
          <input type="checkbox" checked={start} onChange={({ target }) => setStart(target.checked)} />
          Start it when it is made
        </label>
      </FormRow>
      {failure === undefined ? null : <Note look="failed">{failure}</Note>}
    </Sheet>
  );
}
