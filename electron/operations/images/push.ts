import type { ParsedInput } from '../../contract/contract.ts';
import { AppError } from '../../contract/errors.ts';
import type { Library } from '../../library/library.ts';
import type { Work } from '../../jobs/work.ts';
import { requireImage, touchImage } from '../../registry/cache/clone-image.ts';
import { parseReference, printReference, type Reference } from '../../contract/reference.ts';
import { pushImage } from '../../registry/push/push.ts';
import { retagImage } from '../../registry/push/retag.ts';
import { readSettings } from '../../settings/settings-file.ts';
import type { LongOperation } from '../operation.ts';
import { local } from '../machines/local-names.ts';
import { Registries, type Warn } from './registry-clients.ts';

export type PushRequest = ParsedInput<'images.push'>;

/**
 * Sends a VM to one or several registries, or gives an image of the cache further names there. What a registry has
 * already is not sent again, so a push that ended early goes on where it was. Gives the digest that all names lead to.
 * @throws AppError
 */
export async function push(library: Library, request: PushRequest, work: Work, warn?: Warn): Promise<string> {
  const references = request.references.map(taggedReference);
  const { signal, progress } = work;
  const { labels, chunkBytes, populateCache } = request;
  const concurrency = request.concurrency ?? readSettings()['transfers.connections'];
  await using registries = new Registries(request.insecure, warn);
  const common = {
    home: library.home,
    references,
    clientOf: registries.of,
    chunkBytes,
    populateCache,
    signal,
    progress,
  };
  if (request.source.from === 'image') {
    const reference = parseReference(request.source.reference);
    const image = requireImage(library.home, printReference(reference));
    await touchImage(image.folder);
    return (await retagImage({ ...common, imageFolder: image.folder, from: reference })).digest;
  }
  const { name, folder } = await library.get(local(request.source.id));
  await library.touch(name);
  return (await pushImage({ ...common, vmFolder: folder, labels, concurrency })).digest;
}

/** Pushes a VM or an image of the cache. */
export const operation: LongOperation<PushRequest, { digest: string }> = {
  kind: 'push',
  async prepare({ library, warn }, request) {
    const names = request.references.map((text) => printReference(taggedReference(text)));
    const what = await sourceName(library, request.source);
    return {
      title: `Pushing ${what} to ${names.length === 1 ? names.join('') : `${names.length} names`}`,
      vmId: request.source.from === 'vm' ? request.source.id : undefined,
      // Layers that have arrived stay in the registry.
      canPause: true,
      run: async (work) => ({ digest: await push(library, request, work, warn) }),
    };
  },
};

/** @throws AppError `vm-not-found`, `vm-unreadable`, `image-not-found` */
async function sourceName(library: Library, source: PushRequest['source']): Promise<string> {
  if (source.from === 'vm') return (await library.get(local(source.id))).name;
  const reference = parseReference(source.reference);
  requireImage(library.home, printReference(reference));
  return printReference(reference);
}

function taggedReference(text: string): Reference {
  const reference = parseReference(text);
  if (reference.digest === undefined) return reference;
  throw new AppError('reference-not-allowed', `An image can't be pushed to a digest: ${text}`, {
    hint: 'Give a tag instead; its digest follows from its content.',
  });
}
