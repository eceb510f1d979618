import { type ReactElement, useEffect } from 'react';
import type { Image } from '../../../electron/contract/images.ts';
import { offersIn } from '../../commands/offers.ts';
import { Icon } from '../../components/icon.tsx';
import { useApp, useView } from '../../state/app.tsx';
import type { ImageSortKey } from '../../state/shown-images.ts';
import { useNow } from '../../words/use-now.ts';
import { OffersContextMenu } from '../../collection/offers-menu.tsx';
import { ImageRow } from './image-row.tsx';
import { imageRowId, useImageItems } from './use-image-items.ts';

const columns: readonly { title: string; sort: ImageSortKey; isNumber?: true }[] = [
  { title: 'Image', sort: 'name' },
  { title: 'Used By', sort: 'users' },
  { title: 'On Disk', sort: 'size', isNumber: true },
  { title: 'Disk', sort: 'disk', isNumber: true },
  { title: 'Last Used', sort: 'used' },
];

/** One row an image, chosen from as the machines are, with the likely step as a button and all of them in a menu. */
export function ImageTable({ images }: { images: readonly Image[] }): ReactElement {
  const app = useApp();
  const now = useNow(60_000);
  const { selection, focus } = useView((view) => view.images);
  const items = useImageItems(images);
  const focused = images.find(({ id }) => id === focus);
  const focusedId = focused === undefined ? undefined : imageRowId(focused.id);
  useEffect(() => {
    if (focusedId !== undefined) document.getElementById(focusedId)?.scrollIntoView({ block: 'nearest' });
  }, [focusedId]);
  return (
    <table
      className="image-table"
      role="grid"
      tabIndex={0}
      aria-label="Images"
      aria-multiselectable="true"
      aria-activedescendant={focusedId}
      data-region="content"
      onKeyDown={items.onKeyDown}
    >
      <thead>
        <Header />
      </thead>
      <OffersContextMenu offers={() => offersIn('context', app, { images: items.chosenOrNone() })}>
        <tbody>
          {images.map((image) => (
            <ImageRow
              key={image.id}
              image={image}
              nowMs={now}
              isSelected={selection.has(image.id)}
              isFocused={image.id === focus}
              onChoose={items.onChoose}
            />
          ))}
        </tbody>
      </OffersContextMenu>
    </table>
  );
}

function Header(): ReactElement {
  const { view } = useApp();
  const images = useView((state) => state.images);
  const { sort, descending } = images;
  const sortBy = (key: ImageSortKey): void =>
    view.setState({ images: { ...images, sort: key, descending: key === sort && !descending } });
  return (
    <tr>
      {columns.map(({ title, sort: key, isNumber }) => (
        <th
          key={key}
          scope="col"
          data-column={key}
          className={isNumber === true ? 'number' : undefined}
          aria-sort={key !== sort ? undefined : descending ? 'descending' : 'ascending'}
        >
          <button type="button" tabIndex={-1} onClick={() => sortBy(key)}>
            {title}
            {key === sort ? <Icon name="chevron-down" size={12} className={descending ? 'up' : undefined} /> : null}
          </button>
        </th>
      ))}
      <th scope="col">
        <span className="visually-hidden">Actions</span>
      </th>
    </tr>
  );
}
