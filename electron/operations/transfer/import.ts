import path from 'node:path';
import type { ParsedInput } from '../../contract/contract.ts';
import { AppError } from '../../contract/errors.ts';
import type { ImportReport, ImportSource } from '../../contract/imports.ts';
import type { Job } from '../../contract/job.ts';
import type { GuestArch, GuestOs } from '../../contract/machine.ts';
import { findMachine } from '../../transfer/import/find-machine.ts';
import { inspectImport, refuseOwn } from '../../transfer/import/inspect.ts';
import { discardKeptWork, keptBytes } from '../../transfer/import/kept-work.ts';
import { canGoOn, makeMachine, requireArch } from '../../transfer/import/make-machine.ts';
import type { JobList } from '../../jobs/job-list.ts';
import type { Library } from '../../library/library.ts';
import { vmIdOf } from '../../library/vm-id.ts';
import { startNext } from '../machines/start.ts';
import type { LongOperation } from '../operation.ts';
import type { LoadedServices } from '../services.ts';
import type { UploadSource } from './uploads.ts';

type ImportServices = Pick<LoadedServices, 'library' | 'uploads' | 'driver'>;

/** Says what something is; of a disc that a page sent, keeps it where a machine can have it in its drive. */
export async function inspect(
  services: ImportServices,
  source: ImportSource,
  signal: AbortSignal,
): Promise<ImportReport> {
  const whyNotRunnable = async (os: GuestOs, arch: GuestArch): Promise<string | undefined> =>
    (await services.driver.guests()).find((guest) => guest.os === os && guest.arch === arch)?.notAvailable;
  const options = { library: services.library, whyNotRunnable };
  // A killed import that moves leaves second names of its files behind, and files that have some are refused.
  await services.library.sweep();
  if (source.from === 'path') return await inspectImport(options, source.path, signal);
  const report = await services.uploads.use(source, (file) => inspectImport(options, file, signal));
  return await asUpload(services, source, report);
}

/** What was sent has no place of its own on this host, and is not to be told of as if it had one. */
async function asUpload(
  { uploads }: ImportServices,
  source: UploadSource,
  report: ImportReport,
): Promise<ImportReport> {
  switch (report.result) {
    case 'installer':
      return { ...report, isoPath: await uploads.keepDisc(source) };
    case 'restore-image':
      return { ...report, notInstallable: report.notInstallable ?? sentImage().toInfo() };
    case 'machine':
      // There is no original to be moved or kept: it is here already.
      return { ...report, canMove: false };
    case 'several': {
      const paths = report.sources.flatMap((one) => (one.from === 'path' ? [one.path] : []));
      const sources = await Promise.all(paths.map((one) => uploads.partAt(source.uploadId, one)));
      return { ...report, sources };
    }
    case 'refused':
      return report;
  }
}

/** What a page sends goes when it is not imported, and an installation takes its image from where it stays. */
function sentImage(): AppError {
  return new AppError(
    'not-supported',
    'It was sent by this page, and macOS is installed from a file of the Mac itself.',
    {
      hint: 'Make a new virtual machine, and choose the file there.',
    },
  );
}

/** What is kept of an import that did not come to its end, in bytes. */
export async function keptOf(library: Library, source: ImportSource): Promise<number> {
  return await keptBytes(library.home, ownerOf(source)).catch(() => 0);
}

/** Imports a machine, and starts it afterwards if asked to. */
export const operation: LongOperation<ParsedInput<'imports.start'>, void> = {
  kind: 'import',
  async prepare({ library, jobs, uploads }, request, signal) {
    const { source, name } = request;
    library.requireFreeName(name);
    const file = source.from === 'path' ? source.path : uploads.file(source);
    if (source.from === 'path') await refuseOwn(library, file);
    await library.sweep();
    const found = await findMachine(file, signal);
    if (found.is !== 'machine') throw notAMachine(found.is);
    requireArch(found.plan, request);
    const how = source.from === 'upload' ? 'move' : request.how;
    const release = source.from === 'upload' ? uploads.hold(source.uploadId) : undefined;
    return {
      title: `Importing ${path.basename(file)} as ${name}`,
      vmId: vmIdOf(name),
      // What was sent goes with this Tatin, and so can't be gone on with by the next.
      canPause: source.from === 'path' && canGoOn(found.plan),
      run: async (work) => {
        const make = async (): Promise<void> => {
          await makeMachine(library, found.plan, { ...request, how }, work, { owner: ownerOf(source) });
        };
        await (source.from === 'path' ? make() : uploads.use(source, make));
        await release?.();
      },
      // An import takes several times as long as a start.
      next: request.start ? startNext(name, [4, 1]) : undefined,
      onStarted: async (job) => {
        if (release !== undefined) releaseWith(jobs, job, release);
        // From now on it is the job's; of a folder, its page may want other parts.
        if (source.from === 'upload' && source.part === undefined) await uploads.discard(source.uploadId);
      },
    };
  },
  // What can't be deleted now is swept in a week.
  abandon: ({ library }, { source }) => discardKeptWork(library.home, ownerOf(source)),
};

/** A job that failed or was called off may be tried again with what was sent, until it is taken off the list. */
function releaseWith(jobs: JobList, job: Job, release: () => Promise<void>): void {
  const off = jobs.onChange((change) => {
    if (change.kind !== 'removed' || change.jobId !== job.id) return;
    off();
    void release().catch(() => undefined);
  });
}

/** Under which name unfinished work on something is kept, for the caller that gives it up. */
const ownerOf = (source: ImportSource): string =>
  source.from === 'path' ? source.path : `${source.uploadId}/${source.part ?? ''}`;

function notAMachine(is: 'installer' | 'restore-image' | 'several'): AppError {
  if (is === 'installer')
    return new AppError('not-supported', 'It is an installer disc, not a machine.', {
      hint: 'Make a new virtual machine with it in the drive.',
    });
  if (is === 'several')
    return new AppError('not-supported', 'It is a folder of several things.', { hint: 'Import them one by one.' });
  return new AppError('not-supported', 'It installs macOS; it is not a machine.', {
    hint: 'On a Mac, make a new virtual machine with it.',
  });
}
