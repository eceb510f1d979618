import path from 'node:path';
import type { ParsedInput } from '../contract/contract.ts';
import { AppError } from '../contract/errors.ts';
import type { ImportReport, ImportSource } from '../contract/imports.ts';
import type { Job } from '../contract/job.ts';
import type { GuestArch, GuestOs } from '../contract/machine.ts';
import { findMachine } from '../images/import/find-machine.ts';
import { inspectImport, refuseOwn } from '../images/import/inspect.ts';
import { makeMachine, requireArch } from '../images/import/make-machine.ts';
import { partsOf } from '../jobs/weighted-parts.ts';
import { vmIdOf } from '../library/vm-id.ts';
import type { Rooms } from './rooms.ts';

type ImportRooms = Pick<Rooms, 'library' | 'jobs' | 'machines' | 'uploads' | 'driver'>;

/** An import takes several times as long as a start, up to its CPUs. */
const importWeights = [4, 1] as const;

/** Says what something is; of a disc that a page sent, keeps it where a machine can have it in its drive. */
export async function inspect(rooms: ImportRooms, source: ImportSource, signal: AbortSignal): Promise<ImportReport> {
  const whyNotRunnable = async (os: GuestOs, arch: GuestArch): Promise<string | undefined> =>
    (await rooms.driver.guests()).find((guest) => guest.os === os && guest.arch === arch)?.notAvailable;
  const options = { library: rooms.library, whyNotRunnable };
  if (source.from === 'path') return await inspectImport(options, source.path, signal);
  const report = await rooms.uploads.use(source.uploadId, (file) => inspectImport(options, file, signal));
  if (report.result === 'installer') return { ...report, isoPath: await rooms.uploads.keepDisc(source.uploadId) };
  // There is no original to be moved or kept: it is here already.
  return report.result === 'machine' ? { ...report, canMove: false } : report;
}

/** Imports a machine as a job. What is wrong with it or with the request is thrown at once. */
export async function startImport(
  rooms: ImportRooms,
  request: ParsedInput<'imports.start'>,
  signal: AbortSignal,
): Promise<Job> {
  const { library, jobs, machines, uploads } = rooms;
  const { source, name } = request;
  library.requireFreeName(name);
  const file = source.from === 'path' ? source.path : uploads.file(source.uploadId);
  if (source.from === 'path') await refuseOwn(library, file);
  const found = await findMachine(file, signal);
  if (found.is !== 'machine') throw notAMachine(found.is);
  requireArch(found.plan, request);
  const how = source.from === 'upload' ? 'move' : request.how;
  const job = jobs.start({
    kind: 'import',
    title: `Importing ${path.basename(file)} as ${name}`,
    vmId: vmIdOf(name),
    request: { procedure: 'imports.start', input: request },
    run: async (work, askNext) => {
      const [making, starting] = request.start ? partsOf(work, importWeights) : [work];
      const make = async (): Promise<void> => {
        await makeMachine(library, found.plan, { ...request, how }, making);
      };
      if (source.from === 'path') await make();
      else {
        await uploads.use(source.uploadId, make);
        await uploads.discard(source.uploadId);
      }
      if (starting === undefined) return;
      // It is made now, so what can be tried again is the start.
      askNext({ procedure: 'machines.start', input: { id: vmIdOf(name) } });
      starting.progress({ step: 'Starting' });
      await machines.start(name, {}, starting.signal);
    },
  });
  if (source.from === 'upload') discardWith(rooms, job, source.uploadId);
  return job;
}

/** A job that failed or was called off may be tried again with what was sent, until it is taken off the list. */
function discardWith({ jobs, uploads }: ImportRooms, job: Job, uploadId: string): void {
  const off = jobs.onChange((change) => {
    if (change.kind === 'changed' && change.job.id === job.id && change.job.state === 'succeeded') off();
    if (change.kind !== 'removed' || change.jobId !== job.id) return;
    off();
    void uploads.discard(uploadId).catch(() => undefined);
  });
}

function notAMachine(is: 'installer' | 'restore-image' | 'several'): AppError {
  if (is === 'installer')
    return new AppError('not-supported', 'It is an installer disc, and no machine yet.', {
      hint: 'Make a new virtual machine with it in the drive.',
    });
  if (is === 'several')
    return new AppError('not-supported', 'It is a folder of several things.', { hint: 'Import them one by one.' });
  return new AppError('not-supported', 'It installs macOS, and is no machine yet.', {
    hint: 'On a Mac, make a new virtual machine with it.',
  });
}
