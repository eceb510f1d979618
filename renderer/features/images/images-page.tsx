import type { ReactElement, ReactNode } from 'react';
import type { Image } from '../../../electron/contract/images.ts';
import { offersIn } from '../../commands/offers.ts';
import { runCommand } from '../../commands/library-commands.ts';
import { Button } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { Looking } from '../../components/looking.tsx';
import { useApp, useLibrary, useView } from '../../state/app.tsx';
import { shownImages } from '../../state/shown-images.ts';
import { diskText } from '../../../electron/contract/words/sizes.ts';
import { BulkBar } from '../../collection/bulk-bar.tsx';
import { PageToolbar } from '../../collection/page-toolbar.tsx';
import { ImageTable } from './image-table.tsx';
import './images.css';

/** The images that the cache holds: what they take, who was made from them, and what can be made of them. */
export function ImagesPage({ banners }: { banners: ReactNode }): ReactElement {
  const app = useApp();
  const images = useLibrary((state) => state.images);
  const showing = useView((state) => state.images);
  const { query, selection } = showing;
  const shown = shownImages(images ?? [], showing);
  const chosen = shown.filter(({ id }) => selection.has(id));
  const find = (text: string): void => app.view.setState((now) => ({ images: { ...now.images, query: text } }));
  return (
    <>
      <PageToolbar title="Images" caption={images === undefined ? '' : countText(images, shown, chosen.length)}>
        <label className="search">
          <Icon name="search" />
          <input
            type="search"
            placeholder="Search"
            aria-label="Search images"
            value={query}
            onChange={({ target }) => find(target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') find('');
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
        <div className="content">
          <div className="pane images" aria-busy={images === undefined} data-barred={chosen.length > 1 || undefined}>
            <Content images={images} shown={shown} query={query} onClear={() => find('')} />
          </div>
          {chosen.length > 1 ? (
            <BulkBar
              label="Chosen images"
              chosen={chosen}
              offers={offersIn('bulk', app, { images: chosen })}
              onClear={() => app.view.setState(({ images: now }) => ({ images: { ...now, selection: new Set() } }))}
            />
          ) : null}
        </div>
      </div>
    </>
  );
}

function Content(props: {
  images: readonly Image[] | undefined;
  shown: readonly Image[];
  query: string;
  onClear: () => void;
}): ReactElement | null {
  const { images, shown, query, onClear } = props;
  if (images === undefined)
    return (
      <div className="images-loading" data-region="content" tabIndex={-1}>
        <Looking>Reading the images</Looking>
      </div>
    );
  if (images.length === 0) return <NoImages />;
  if (shown.length > 0) return <ImageTable images={shown} />;
  return (
    <div className="images-empty" data-region="content" tabIndex={-1}>
      <p>No image matches “{query}”.</p>
      <Button onClick={onClear}>Clear Search</Button>
    </div>
  );
}

function countText(images: readonly Image[], shown: readonly Image[], selected: number): string {
  if (selected > 1) return `${selected} of ${shown.length} selected`;
  const bytes = images.reduce((sum, { allocatedBytes }) => sum + allocatedBytes, 0);
  const count = images.length === 1 ? '1 image' : `${images.length.toLocaleString('en-US')} images`;
  return images.length === 0 ? '' : `${count}, ${diskText(bytes)} on disk`;
}

function NoImages(): ReactElement {
  const app = useApp();
  return (
    <div className="images-empty" data-region="content" tabIndex={-1}>
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
