import path from 'node:path';
import type { Home } from '../../library/home.ts';
import { copyFileSparsely } from '../../files/copy.ts';
import { tartFiles } from '../../library/layout.ts';
import type { Work } from '../../jobs/work.ts';
import { parseManifest } from '../manifest/manifest.ts';
import type { Reference } from '../../contract/reference.ts';
import { imagePlace, isImageHere, linkImage, placeImage } from '../pull/image-place.ts';
import { PullFolder } from '../cache/pull-folder.ts';

/** Puts a VM that was just pushed into the cache, as if it had been pulled under each of the references. */
export async function populateCache(
  request: {
    readonly vmFolder: string;
    readonly home: Home;
    readonly references: readonly Reference[];
    readonly signal: AbortSignal;
    readonly progress: Work['progress'];
  },
  manifestBytes: Uint8Array,
  files: { readonly vmConfig: Uint8Array; readonly nvram: Uint8Array },
): Promise<void> {
  const { vmFolder, home, references, signal, progress } = request;
  const manifest = parseManifest(manifestBytes);
  for (const reference of references) {
    const place = imagePlace(home, reference, manifest.digest);
    if (isImageHere(place.folder, manifest.diskBytes)) {
      await linkImage(home, place, path.join(home.cache, 'Tatin'), signal);
      continue;
    }
    using folder = await PullFolder.open(home, manifest.digest, manifest.diskBytes, {
      signal,
      anew: true,
      onWait: () => progress({ step: 'Waiting for a pull of this image' }),
      prepare: (disk) =>
        copyFileSparsely(path.join(vmFolder, tartFiles.disk), disk, 'Keeping it in the cache', {
          signal,
          onBytes: (bytesDone, bytesTotal) => progress({ step: 'Copying it to the cache', bytesDone, bytesTotal }),
        }),
    });
    folder.write(tartFiles.config, files.vmConfig);
    folder.write(tartFiles.nvram, files.nvram);
    folder.write(tartFiles.manifest, manifestBytes);
    folder.flush();
    await placeImage(home, place, folder.image, folder.folder, manifest.diskBytes, signal);
    await folder.discard();
  }
}
