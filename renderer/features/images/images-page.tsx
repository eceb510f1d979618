import { type ReactElement, type ReactNode, useState } from 'react';
import type { Image } from '../../../electron/contract/images.ts';
import { runCommand } from '../../commands/run.ts';
import { Button } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { useApp, useLibrary } from '../../state/app.tsx';
import { diskText } from '../../words/sizes.ts';
import { PageToolbar } from '../library/page-toolbar.tsx';
import { ImageTable } from './image-table.tsx';
import './images.css';

/** The images that the cache holds: what they take, who was made from them, and what can be made of them. */
export function ImagesPage({ banners }: { banners: ReactNode }): ReactElement {
  const app = useApp();
  const images = useLibrary((state) => state.images);
  const [query, setQuery] = useState('');
  const shown = (images ?? []).filter((image) => isFound(image, query));
  return (
    <>
      <PageToolbar title="Images" caption={images === undefined ? '' : countText(images)}>
        <label className="search">
          <Icon name="search" />
          <input
            type="search"
            placeholder="Search"
            aria-label="Search images"
            value={query}
            onChange={({ target }) => setQuery(target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') setQuery('');
            }}
          />
        </label>
        <Button icon="key" onClick={() => runCommand(app, 'registries.show')}>
          Registries…
        </Button>
        <Button icon="broom" disabled={images?.length === 0} onClick={() => runCommand(app, 'images.prune')}>
          Prune…
        </Button>
        <Button look="filled" icon="download" onClick={() => runCommand(app, 'file.pull')}>
          Pull…
        </Button>
      </PageToolbar>
      {banners}
      <div className="body">
        <div className="pane images" data-region="content" tabIndex={-1} aria-busy={images === undefined}>
          {images === undefined ? null : images.length === 0 ? (
            <NoImages />
          ) : shown.length === 0 ? (
            <div className="images-empty">
              <p>No image matches “{query}”.</p>
              <Button onClick={() => setQuery('')}>Clear Search</Button>
            </div>
          ) : (
            <ImageTable images={shown} />
          )}
        </div>
      </div>
    </>
  );
}

function isFound({ repository, tags, digest }: Image, query: string): boolean {
  const text = [repository, ...tags, digest].join('\n').toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function countText(images: readonly Image[]): string {
  const bytes = images.reduce((sum, { allocatedBytes }) => sum + allocatedBytes, 0);
  const count = images.length === 1 ? '1 image' : `${images.length.toLocaleString('en-US')} images`;
  return images.length === 0 ? '' : `${count}, ${diskText(bytes)} on disk`;
}

function NoImages(): ReactElement {
  const app = useApp();
  return (
    <div className="images-empty">
      <h2>No images yet</h2>
      <p className="secondary">
        An image is a whole machine that a registry keeps. Pull one, and make as many machines of it as you like.
      </p>
      <Button look="filled" icon="download" onClick={() => runCommand(app, 'file.pull')}>
        Pull Image…
      </Button>
    </div>
  );
}
