import type { MouseEvent, ReactElement } from 'react';
import type { Image } from '../../../electron/contract/images.ts';
import { offersIn } from '../../commands/offers.ts';
import { runCommand } from '../../commands/library-commands.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { Menu } from '../../components/menu.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { imageKind, imageName, imageOrigin, shortDigest } from '../../words/image-words.ts';
import { diskText } from '../../../electron/contract/words/sizes.ts';
import { agoText } from '../../../electron/contract/words/times.ts';
import { exactText } from '../../words/times.ts';
import { OfferItems } from '../../collection/offers-menu.tsx';
import { chosenIn } from '../../commands/library-commands.ts';
import { imageRowId } from './use-image-items.ts';

/** One image. Its buttons are for the mouse: the keyboard has Return and the menu of the row for the same. */
export function ImageRow({
  image,
  nowMs,
  isSelected,
  isFocused,
  onChoose,
}: {
  image: Image;
  nowMs: number;
  isSelected: boolean;
  isFocused: boolean;
  onChoose: (id: string, event: MouseEvent) => void;
}): ReactElement {
  const app = useApp();
  const { id, diskBytes, allocatedBytes, accessedAt, error } = image;
  return (
    <tr
      id={imageRowId(id)}
      aria-selected={isSelected}
      data-selected={isSelected || undefined}
      data-focused={isFocused || undefined}
      data-broken={error !== undefined || undefined}
      title={error === undefined ? 'Double-click to make a machine of it' : undefined}
      onMouseDown={(event) => onChoose(id, event)}
      onDoubleClick={() => runCommand(app, 'image.make')}
    >
      <th scope="row">
        <Title image={image} />
      </th>
      <td data-column="users">
        <UsedBy image={image} />
      </td>
      <td className="number">{diskText(allocatedBytes)}</td>
      <td className="number" data-column="disk">
        {diskText(diskBytes)}
      </td>
      <td className="dim" data-column="used" title={exactText(accessedAt)}>
        {agoText(accessedAt, nowMs)}
      </td>
      <td className="image-actions" onDoubleClick={(event) => event.stopPropagation()}>
        <Button
          size="small"
          tabIndex={-1}
          disabled={error !== undefined}
          onClick={() => app.view.setState({ overlay: { kind: 'from-image', imageId: id } })}
        >
          Make Machine…
        </Button>
        <More image={image} />
      </td>
    </tr>
  );
}

function Title({ image }: { image: Image }): ReactElement {
  const { id, repository, tags, digest, pinned, error } = image;
  return (
    <div className="image-title">
      <Icon name={image.os === 'darwin' ? 'laptop' : 'layers'} />
      <div className="image-names">
        <span className="cut" title={id}>
          {imageName(image)}
          {pinned ? (
            <span className="image-pin" title="Pinned: kept by every kind of pruning">
              <Icon name="pin" size={12} />
              <span className="visually-hidden"> pinned</span>
            </span>
          ) : null}
        </span>
        <span className="caption cut">
          {imageOrigin(repository)}, {imageKind(image)}
          {tags.length > 1 ? `, also ${tags.slice(1).join(', ')}` : ''} · {shortDigest(digest)}
        </span>
        {error === undefined ? null : <span className="failed image-error">{error}</span>}
      </div>
    </div>
  );
}

/** Names of machines that were made from it; it leads there. */
function UsedBy({ image }: { image: Image }): ReactElement {
  const { view } = useApp();
  const vms = useLibrary((state) => state.vms);
  const users = image.usedBy.flatMap((id) => vms?.get(id) ?? []);
  if (users.length === 0) return <span className="dim">none</span>;
  const [first] = users;
  const show = (): void =>
    view.setState({ page: 'machines', filter: { by: 'all' }, query: '', selection: new Set(image.usedBy) });
  return (
    <Button
      look="link"
      size="small"
      className="button cut image-users"
      tabIndex={-1}
      title={users.map(({ name }) => name).join(', ')}
      onClick={show}
    >
      {users.length === 1 ? first?.name : `${users.length} machines`}
    </Button>
  );
}

/** The menu of the row; where several images are chosen and this is one of them, for all of those. */
function More({ image }: { image: Image }): ReactElement {
  const app = useApp();
  const chosen = chosenIn(app).images ?? [];
  const isChosen = chosen.some(({ id }) => id === image.id);
  return (
    <Menu
      trigger={
        <IconButton
          icon="more"
          size="small"
          tabIndex={-1}
          label={`More for ${imageName(image)}`}
          // The row would choose itself alone.
          onMouseDown={(event) => {
            if (isChosen) event.stopPropagation();
          }}
        />
      }
    >
      <OfferItems offers={offersIn('context', app, { images: isChosen ? chosen : [image] })} />
    </Menu>
  );
}
