import type { ReactElement } from 'react';
import type { ImageDescription } from '../../../electron/contract/images.ts';
import { Note } from '../../components/note.tsx';
import { useLibrary } from '../../state/app.tsx';
import { imageKind } from '../../words/image-words.ts';
import { diskText } from '../../words/sizes.ts';
import { agoText, exactText } from '../../words/times.ts';

const states: Record<ImageDescription['state'], string> = {
  new: 'Not here yet',
  partial: 'Begun before: what was fetched is kept',
  moved: 'This tag leads to a newer image than the one that is here',
  cached: 'Already here: nothing to fetch',
};

/** What a pull would bring, and what it leaves free. */
export function DescriptionCard({ description }: { description: ImageDescription }): ReactElement {
  const images = useLibrary((state) => state.images);
  const { diskBytes, downloadBytes, hereBytes, layerCount, uploadedAt, state, freeBytes, shortBytes } = description;
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
          {hereBytes > 0 && state !== 'cached' ? `, ${diskText(hereBytes)} of it need not be fetched` : ''}
        </dd>
        {uploadedAt === undefined ? null : (
          <>
            <dt>Uploaded</dt>
            <dd title={exactText(uploadedAt)}>{agoText(uploadedAt)}</dd>
          </>
        )}
        <dt>Free</dt>
        <dd>{diskText(freeBytes)}</dd>
      </dl>
      {shortBytes > 0 ? (
        <Note look="warning">
          <b>Needs {diskText(shortBytes)} more space.</b>{' '}
          {images === undefined || images.length === 0
            ? 'Make room first: a pull stops where the disk is full, and goes on from there.'
            : 'Images that were not used for longest are pruned first, except those that are pinned.'}
        </Note>
      ) : null}
    </section>
  );
}
