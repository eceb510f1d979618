import type { CheckedImage } from '../../contract/images.ts';
import type { Home } from '../../library/home.ts';
import { verifyCachedImage } from '../verify-image.ts';
import { tagsOf } from './image-list.ts';
import { scanCache } from './scan.ts';

/**
 * Compares every image of a home's cache with its manifest, byte for byte.
 * @param progress how far the whole is, 0 to 1
 */
export async function checkCache(
  home: Home,
  { signal, progress }: { signal: AbortSignal; progress?: (id: string, fraction: number) => void },
): Promise<CheckedImage[]> {
  const scan = scanCache(home.cache);
  const checked: CheckedImage[] = [];
  for (const [index, { id, folder }] of scan.images.entries()) {
    const verdict = await verifyCachedImage(folder, {
      signal,
      progress: (done, total) => progress?.(id, (index + done / total) / scan.images.length),
    });
    checked.push({ id, tags: [...tagsOf(scan, folder)], state: verdict.state, problems: [...verdict.problems] });
  }
  return checked;
}
