import type { ParsedInput } from '../../contract/contract.ts';
import type { Job } from '../../contract/job.ts';
import { partsOf } from '../../jobs/weighted-parts.ts';
import { vmIdOf } from '../../library/vm-id.ts';
import { cloneImage, readImage } from '../../registry/cache/clone-image.ts';
import type { CreationRooms } from '../machines/creation.ts';

/** A copy of a disk takes several times as long as a start, up to its CPUs. */
const cloneWeights = [3, 1] as const;

/** Makes a machine from an image of the cache as a job, and starts it afterwards if asked to. */
export function makeFromImage(rooms: CreationRooms, request: ParsedInput<'images.clone'>): Job {
  const { library, jobs, machines } = rooms;
  readImage(library, request.id);
  library.requireFreeName(request.name);
  return jobs.start({
    kind: 'clone',
    title: `Making ${request.name}`,
    vmId: vmIdOf(request.name),
    request: { procedure: 'images.clone', input: request },
    run: async (work, askNext) => {
      const [making, starting] = request.start ? partsOf(work, cloneWeights) : [work];
      await cloneImage(library, request.id, request.name, making);
      if (starting === undefined) return;
      // It is made now, so what can be tried again is the start.
      askNext({ procedure: 'machines.start', input: { id: vmIdOf(request.name) } });
      starting.progress({ step: 'Starting' });
      await machines.start(request.name, {}, starting.signal);
    },
  });
}
