import type { ReactElement } from 'react';
import type { ImageDescription } from '../../../electron/contract/images.ts';
import { imageKind } from '../../words/image-words.ts';
import { diskText } from '../../../electron/contract/words/sizes.ts';
import { agoText } from '../../../electron/contract/words/times.ts';
import { exactText } from '../../words/times.ts';
import { RoomNote, roomText } from './room.tsx';

const states: Record<ImageDescription['state'], string> = {
  new: 'Not here yet',
  partial: 'Begun before: what was fetched is kept',
  moved: 'This tag leads to a newer image than the one that is here',
  cached: 'Already here: nothing to fetch',
};

/** What Tart writes into every image, which says nothing to people. */
const tartLabels = 'org.cirruslabs.tart.';

/** What a pull would bring, and what it leaves free. */
export function DescriptionCard({ description }: { description: ImageDescription }): ReactElement {
  const { diskBytes, downloadBytes, hereBytes, layerCount, uploadedAt, state } = description;
  const labelsText = Object.entries(description.labels)
    .filter(([name]) => !name.startsWith(tartLabels))
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
  const toFetch = state === 'cached' ? 0 : Math.max(0, downloadBytes - hereBytes);
  return (
    <section className="description" aria-label="What it is">
      <dl>
        <dt>What</dt>
        <dd>
          {imageKind(description)}, a disk of {diskText(diskBytes)}
        </dd>
        <dt>To fetch</dt>
        <dd>
          {toFetch === 0 ? 'nothing' : diskText(toFetch)} of {diskText(downloadBytes)} in{' '}
          {layerCount === 1 ? '1 layer' : `${layerCount} layers`}
        </dd>
        <dt>Here</dt>
        <dd>
          {states[state]}
          {hereBytes > 0 && state !== 'cached' ? `; ${diskText(hereBytes)} of its layers need not be fetched` : ''}
        </dd>
        {uploadedAt === undefined ? null : (
          <>
            <dt>Uploaded</dt>
            <dd title={exactText(uploadedAt)}>{agoText(uploadedAt)}</dd>
          </>
        )}
        {labelsText === '' ? null : (
          <>
            <dt>Labels</dt>
            <dd className="description-labels">{labelsText}</dd>
          </>
        )}
        <dt>Room</dt>
        <dd>{roomText(description)}</dd>
      </dl>
      <RoomNote facts={description} />
    </section>
  );
}
