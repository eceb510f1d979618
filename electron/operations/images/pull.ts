import type { ParsedInput } from '../../contract/contract.ts';
import type { Pulled } from '../../contract/images.ts';
import { reserveBytes } from '../../files/space.ts';
import type { Library } from '../../library/library.ts';
import type { Work } from '../../jobs/work.ts';
import { vmIdOf } from '../../library/vm-id.ts';
import { makeRoom } from '../../registry/cache/prune.ts';
import { parseReference, printReference, repositoryOf } from '../../contract/reference.ts';
import { pullImage } from '../../registry/pull/pull.ts';
import type { LongOperation } from '../operation.ts';
import { readSettings } from '../../settings/settings-file.ts';
import { Registries, type Warn } from './registry-clients.ts';

export type PullRequest = ParsedInput<'images.pull'>;

/**
 * Brings an image into the cache. What was fetched before it fails or is called off is kept, and the next pull of it goes
 * on from there. @throws AppError
 */
export async function pull(
  library: Library,
  request: Pick<PullRequest, 'reference' | 'insecure' | 'concurrency'>,
  work: Work,
  warn?: Warn,
): Promise<Pulled> {
  const reference = parseReference(request.reference);
  await using registries = new Registries(request.insecure, warn);
  const { digest, outcome } = await pullImage({
    reference,
    client: registries.of(reference.host),
    home: library.home,
    concurrency: request.concurrency ?? readSettings()['transfers.connections'],
    signal: work.signal,
    progress: work.progress,
    makeRoom: async (bytes) => {
      await makeRoom(library.home, bytes + (await reserveBytes(library.home.cache)), work);
    },
  });
  return { id: `${repositoryOf(reference)}@${digest}`, outcome };
}

/** Pulls an image, and makes a machine of it and starts that if asked to. */
export const operation: LongOperation<PullRequest, Pulled> = {
  kind: 'pull',
  prepare({ library, warn }, request) {
    const name = printReference(parseReference(request.reference));
    const { machine } = request;
    if (machine !== undefined) library.requireFreeName(machine.name);
    return {
      title: machine === undefined ? `Pulling ${name}` : `Making ${machine.name} from ${name}`,
      vmId: machine === undefined ? undefined : vmIdOf(machine.name),
      canPause: true,
      run: async (work) => await pull(library, request, work, warn),
      // Fetching takes by far the longest; then the copy of the disk, then the start up to its CPUs.
      next: machine && {
        weights: [20, machine.start ? 3 : 2],
        request: ({ id }) => ({ procedure: 'images.clone', input: { id, ...machine } }),
      },
    };
  },
};
