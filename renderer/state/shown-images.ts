import type { Image } from '../../electron/contract/images.ts';
import { splitReference } from '../../electron/contract/reference.ts';
import { byName } from './shown.ts';

export type ImageSortKey = 'name' | 'users' | 'size' | 'disk' | 'used';

/** Which images the page shows, and in which order. */
export interface ImagesShowing {
  readonly query: string;
  readonly sort: ImageSortKey;
  readonly descending: boolean;
}

/** The largest, the most used and the last used first, as with machines. */
const comparisons: Record<ImageSortKey, (a: Image, b: Image) => number> = {
  name: () => 0,
  users: (a, b) => b.usedBy.length - a.usedBy.length,
  size: (a, b) => b.allocatedBytes - a.allocatedBytes,
  disk: (a, b) => b.diskBytes - a.diskBytes,
  used: (a, b) => b.accessedAt.localeCompare(a.accessedAt),
};

/** The images to show, in order. Every word of the query must be in the name, a tag or the digest. */
export function shownImages(images: readonly Image[], { query, sort, descending }: ImagesShowing): Image[] {
  const words = query.toLowerCase().split(/\s+/);
  const compare = comparisons[sort];
  const shown = images
    .filter((image) => {
      const text = textOf(image);
      return words.every((word) => text.includes(word));
    })
    .sort((a, b) => compare(a, b) || byName.compare(fullName(a), fullName(b)));
  return descending ? shown.reverse() : shown;
}

function textOf({ repository, tags, digest }: Image): string {
  return [repository, ...tags, digest].join('\n').toLowerCase();
}

/** By the last part of the repository first: that is what people call an image. */
function fullName({ repository, tags, digest }: Image): string {
  return `${splitReference(repository).name}:${tags[0] ?? digest} ${repository}`;
}
