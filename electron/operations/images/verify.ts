import type { ParsedInput } from '../../contract/contract.ts';
import { AppError } from '../../contract/errors.ts';
import type { Library } from '../../library/library.ts';
import type { Work } from '../../jobs/work.ts';
import type { LongOperation } from '../operation.ts';
import { requireImage } from '../../registry/cache/clone-image.ts';
import { tagsOf } from '../../registry/cache/image-list.ts';
import { type ImageFolder, scanCache } from '../../registry/cache/scan.ts';
import { type ImageVerdict, verifyCachedImage } from '../../registry/verify-image.ts';

export type VerifyRequest = ParsedInput<'images.verify'>;

interface Verified extends ImageVerdict {
  readonly name: string;
}

/**
 * Compares images of the cache with their manifests, byte for byte. The job fails if one is not what it should be, or can't
 * be proven to be.
 */
export const operation: LongOperation<VerifyRequest, void> = {
  kind: 'verify',
  prepare({ library }, request) {
    const images = request.ids.map((id) => requireImage(library.home, id));
    const names = images.map(({ folder }) => nameOf(library, folder));
    return {
      title: `Verifying ${names.length === 1 ? names.join('') : `${names.length} images`}`,
      run: async (work) => {
        const verified: Verified[] = [];
        for (const [index, image] of images.entries()) {
          const name = names[index] ?? image.id;
          verified.push({ name, ...(await verifyOne(image, name, work, index, images.length)) });
        }
        requireWhole(verified);
      },
    };
  },
};

async function verifyOne(
  { folder }: ImageFolder,
  name: string,
  { signal, progress }: Work,
  index: number,
  count: number,
): Promise<ImageVerdict> {
  progress({ step: `Reading ${name}`, fraction: index / count });
  return await verifyCachedImage(folder, {
    signal,
    progress: (done, total) => progress({ step: `Reading ${name}`, fraction: (index + done / total) / count }),
  });
}

/** @throws AppError `image-damaged`, `image-not-supported` for one that nothing is kept to compare with */
function requireWhole(verified: readonly Verified[]): void {
  const bad = verified.filter(({ state }) => state !== 'whole');
  if (bad.length === 0) return;
  const details = bad.map(({ name, problems }) => [name, ...problems.map((text) => `  ${text}`)].join('\n')).join('\n');
  const damaged = bad.filter(({ state }) => state === 'damaged');
  if (damaged.length === 0)
    throw new AppError('image-not-supported', `${listOf(bad)} can’t be verified: nothing was kept to compare with.`, {
      hint: 'Tart’s first versions kept no manifest. Delete what they pulled and pull it again, and it can be verified.',
      details,
    });
  throw new AppError('image-damaged', `${listOf(damaged)} ${damaged.length === 1 ? 'is' : 'are'} damaged.`, {
    hint: 'Delete what is damaged and pull it again. Machines made from it may be damaged too.',
    details,
  });
}

/** More names than these make no sentence; all of them are in the details. */
const maxNames = 2;

function listOf(images: readonly Verified[]): string {
  return images.length > maxNames ? `${images.length} images` : images.map(({ name }) => name).join(' and ');
}

function nameOf(library: Library, folder: string): string {
  const scan = scanCache(library.home.cache);
  const image = scan.images.find((known) => known.folder === folder);
  const [tag] = tagsOf(scan, folder);
  return image === undefined || tag === undefined ? (image?.id ?? folder) : `${image.repository}:${tag}`;
}
