import type { ParsedInput } from '../../contract/contract.ts';
import type { Job } from '../../contract/job.ts';
import type { Log } from '../../host/log.ts';
import { partsOf } from '../../jobs/weighted-parts.ts';
import { reserveBytes } from '../../files/space.ts';
import type { Library, Work } from '../../library/library.ts';
import { vmIdOf } from '../../library/vm-id.ts';
import { cloneImage } from '../../registry/cache/clone-image.ts';
import { makeRoom } from '../../registry/cache/prune.ts';
import { parseReference, printReference, repositoryOf } from '../../contract/reference.ts';
import { pullImage, type PulledImage } from '../../registry/pull/pull.ts';
import type { CreationRooms } from '../machines/creation.ts';
import { readSettings } from '../../settings/settings-file.ts';
import { Registries, type Warn } from './registries.ts';

export type PullRequest = ParsedInput<'images.pull'>;

export interface Pulled {
  /** The image's id in the cache. */
  readonly id: string;
  /** `cached`: it was there under this name. `linked`: it was there under another. */
  readonly outcome: PulledImage['outcome'];
}

/** Fetching takes by far the longest; then the copy of the disk, then the start up to its CPUs. */
const weights = { pull: 20, clone: 2, start: 1 } as const;

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

/** Pulls as a job, and makes a machine of it and starts that if asked to. What is wrong with the request is thrown at once. */
export function startPull(rooms: CreationRooms & { readonly log: Log }, request: PullRequest): Job {
  const warn: Warn = (message, error) => rooms.log.warn(message, error);
  const { library, jobs } = rooms;
  const name = printReference(parseReference(request.reference));
  const { machine } = request;
  if (machine !== undefined) library.requireFreeName(machine.name);
  return jobs.start({
    kind: 'pull',
    title: machine === undefined ? `Pulling ${name}` : `Making ${machine.name} from ${name}`,
    ...(machine === undefined ? {} : { vmId: vmIdOf(machine.name) }),
    request: { procedure: 'images.pull', input: request },
    canPause: true,
    run: async (work, askNext) => {
      if (machine === undefined) {
        await pull(library, request, work, warn);
        return;
      }
      const [pulling, cloning, starting] = partsOf(work, [
        weights.pull,
        weights.clone,
        machine.start ? weights.start : 0,
      ]);
      const { id } = await pull(library, request, pulling, warn);
      // It is here now, so what can be tried again is the machine.
      askNext({ procedure: 'images.clone', input: { id, ...machine } });
      await cloneImage(library, id, machine.name, cloning);
      if (!machine.start) return;
      askNext({ procedure: 'machines.start', input: { id: vmIdOf(machine.name) } });
      starting.progress({ step: 'Starting' });
      await rooms.machines.start(machine.name, {}, starting.signal);
    },
  });
}
