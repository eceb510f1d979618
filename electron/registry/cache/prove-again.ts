import type { Home } from '../../library/home.ts';
import type { Work } from '../../jobs/work.ts';
import { verifyCachedImage } from '../verify-image.ts';
import { diskState, dropSeal, sealDisk, wasSealedByOlder } from './seal.ts';

/**
 * Makes sure of an image that an older Tatin brought into the cache: it took a manifest's word for what layers unpack to,
 * and so one image's bytes could come into another. Reads the whole disk, once; images of today and of Tart's own cost
 * nothing.
 * @returns whether it is what its manifest says
 */
export async function proveAgain(home: Home, imageFolder: string, { signal, progress }: Work): Promise<boolean> {
  if (!wasSealedByOlder(home, imageFolder)) return true;
  const disk = diskState(imageFolder);
  const step = 'Checking what an older Tatin pulled';
  const { state } = await verifyCachedImage(imageFolder, {
    signal,
    progress: (bytesDone, bytesTotal) => progress({ step, bytesDone, bytesTotal }),
  });
  if (state === 'damaged') return false;
  if (state === 'whole' && disk !== undefined) sealDisk(home, imageFolder, disk);
  else dropSeal(home, imageFolder);
  return true;
}
