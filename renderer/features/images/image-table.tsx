import type { ReactElement } from 'react';
import type { Image } from '../../../electron/contract/images.ts';
import { attempt, copyText } from '../../commands/run.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { Menu, MenuItem, MenuSeparator } from '../../components/menu.tsx';
import { type App, useApp, useLibrary } from '../../state/app.tsx';
import { imageKind, imageName, imageOrigin, shortDigest } from '../../words/image-words.ts';
import { diskText } from '../../words/sizes.ts';
import { agoText, exactText } from '../../words/times.ts';
import { useNow } from '../../words/use-now.ts';

/** One row an image, last used first, with the likely step as a button and the others in a menu. */
export function ImageTable({ images }: { images: readonly Image[] }): ReactElement {
  const now = useNow(60_000);
  return (
    <table className="image-table" aria-label="Images">
      <thead>
        <tr>
          <th scope="col">Image</th>
          <th scope="col">Used By</th>
          <th scope="col" className="number">
            On Disk
          </th>
          <th scope="col" className="number">
            Disk
          </th>
          <th scope="col">Last Used</th>
          <th scope="col">
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {images.map((image) => (
          <Row key={image.id} image={image} nowMs={now} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ image, nowMs }: { image: Image; nowMs: number }): ReactElement {
  const { view } = useApp();
  const { repository, tags, digest, diskBytes, allocatedBytes, accessedAt, pinned, error } = image;
  return (
    <tr data-broken={error !== undefined || undefined}>
      <th scope="row">
        <div className="image-title">
          <Icon name={image.os === 'darwin' ? 'laptop' : 'layers'} />
          <div className="image-names">
            <span className="cut" title={image.id}>
              {imageName(image)}
              {pinned ? (
                <span className="image-pin" title="Kept by every kind of pruning">
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
      </th>
      <td>
        <UsedBy image={image} />
      </td>
      <td className="number">{diskText(allocatedBytes)}</td>
      <td className="number">{diskText(diskBytes)}</td>
      <td title={exactText(accessedAt)}>{agoText(accessedAt, nowMs)}</td>
      <td className="image-actions">
        <Button
          size="small"
          disabled={error !== undefined}
          onClick={() => view.setState({ overlay: { kind: 'from-image', imageId: image.id } })}
        >
          Make Machine…
        </Button>
        <More image={image} />
      </td>
    </tr>
  );
}

/** Names of machines that were made from it; each leads there. */
function UsedBy({ image }: { image: Image }): ReactElement {
  const { view } = useApp();
  const vms = useLibrary((state) => state.vms);
  const users = image.usedBy.flatMap((id) => vms?.get(id) ?? []);
  if (users.length === 0) return <span className="dim">none</span>;
  const [first] = users;
  const show = (): void =>
    view.setState({ page: 'machines', filter: { by: 'all' }, query: '', selection: new Set(image.usedBy) });
  return (
    <Button look="link" size="small" title={users.map(({ name }) => name).join(', ')} onClick={show}>
      {users.length === 1 ? first?.name : `${users.length} machines`}
    </Button>
  );
}

function More({ image }: { image: Image }): ReactElement {
  const app = useApp();
  const { id, repository, tags, digest, pinned } = image;
  const reference = tags[0] === undefined ? id : `${repository}:${tags[0]}`;
  return (
    <Menu trigger={<IconButton icon="more" size="small" label={`More for ${imageName(image)}`} />}>
      <MenuItem onSelect={() => app.view.setState({ overlay: { kind: 'pull', reference } })}>Pull Again…</MenuItem>
      <MenuItem onSelect={() => app.view.setState({ overlay: { kind: 'push', from: { kind: 'image', reference } } })}>
        Push Under Another Name…
      </MenuItem>
      <MenuSeparator />
      <MenuItem onSelect={() => void copyText(app, reference)}>Copy Reference</MenuItem>
      <MenuItem onSelect={() => void copyText(app, digest)}>Copy Digest</MenuItem>
      <MenuSeparator />
      <MenuItem onSelect={() => void pin(app, id, !pinned)}>{pinned ? 'Unpin' : 'Pin: Never Prune'}</MenuItem>
      <MenuItem destructive onSelect={() => app.view.setState({ overlay: { kind: 'delete-images', imageIds: [id] } })}>
        Delete…
      </MenuItem>
    </Menu>
  );
}

async function pin(app: App, id: string, pinned: boolean): Promise<void> {
  await attempt(app, pinned ? 'The image was not pinned' : 'The image was not unpinned', () =>
    app.client.call('images.pin', { id, pinned }),
  );
}
