import type { ByteChannel, Handlers } from '../../electron/contract/contract.ts';
import { AppError } from '../../electron/contract/errors.ts';
import type { ExportReport, ImportReport, ImportSource } from '../../electron/contract/imports.ts';
import type { Job } from '../../electron/contract/job.ts';
import { then } from './fixtures.ts';

/** What may come in: what each file is, by its name, and what a page has sent so far. */
export interface FakeIntake {
  readonly reports: Map<string, ImportReport>;
  readonly uploads: Map<string, { name: string; sizeBytes: number; received: number }>;
  /** Of a folder of several that is sent: its parts. */
  onSeveral?: (uploadId: string) => ImportSource[];
  /** What an export would find at its place. */
  exported: Partial<ExportReport>;
}

export function emptyIntake(): FakeIntake {
  return { reports: new Map(), uploads: new Map(), exported: {} };
}

type ImportHandlers = Pick<
  Handlers,
  Extract<keyof Handlers, `imports.${string}` | `exports.${string}` | `uploads.${string}` | `guestFiles.${string}`>
>;

/** The other side of imports and exports: knows what it was told of each name, and begins every job at once. */
export function importHandlers(world: { readonly intake: FakeIntake }, add: (job: Job) => Job): ImportHandlers {
  const { intake } = world;
  const begin = (kind: Job['kind'], title: string, vmId?: string): Job =>
    add({
      id: `${kind}-${title}`,
      kind,
      title,
      ...(vmId === undefined ? {} : { vmId }),
      state: 'running',
      fraction: 0.1,
      createdAt: then,
      canPause: false,
    });
  const nameOf = (source: ImportSource): string => {
    if (source.from === 'path') return source.path.split('/').at(-1) ?? '';
    return source.part ?? intake.uploads.get(source.uploadId)?.name ?? '';
  };
  return {
    'imports.inspect': async ({ source }) => {
      if (source.from === 'upload' && source.part === undefined && intake.onSeveral !== undefined) {
        const sources = intake.onSeveral(source.uploadId);
        return await Promise.resolve({
          result: 'several',
          name: nameOf(source),
          title: 'Folder',
          sources,
          othersCount: 0,
        });
      }
      const report = intake.reports.get(nameOf(source));
      if (report === undefined) throw new AppError('file-not-found', `There is no ${nameOf(source)}.`);
      return await Promise.resolve(report);
    },
    'imports.kept': async () => await Promise.resolve({ bytes: 0 }),
    'imports.start': async ({ source, name }) =>
      await Promise.resolve(begin('import', `Importing ${nameOf(source)} as ${name}`)),
    'exports.inspect': async ({ path }) =>
      await Promise.resolve({
        path,
        exists: false,
        sourceBytes: 3_000_000_000,
        freeBytes: 200_000_000_000,
        warnings: [],
        ...intake.exported,
      }),
    'exports.start': async ({ path }) => await Promise.resolve(begin('export', `Exporting ${path}`)),
    'uploads.begin': async ({ uploadId, name, sizeBytes }) => {
      const known = intake.uploads.get(uploadId) ?? { name, sizeBytes, received: 0 };
      intake.uploads.set(uploadId, known);
      return await Promise.resolve({ uploadId, name, sizeBytes, receivedBytes: known.received });
    },
    'uploads.discard': async ({ uploadId }) => {
      intake.uploads.delete(uploadId);
      await Promise.resolve();
    },
    'guestFiles.send': async ({ id, source }) => await Promise.resolve(begin('send', `Sending ${nameOf(source)}`, id)),
  };
}

/** The channel of an upload: counts what comes, and ends when all is there. */
export function uploadChannel(intake: FakeIntake, uploadId: string): ByteChannel {
  const upload = intake.uploads.get(uploadId);
  if (upload === undefined) throw new AppError('file-not-found', 'Nothing was begun.');
  let listeners: ((reason: string | undefined) => void)[] = [];
  const close = (reason?: string): void => {
    const told = listeners;
    listeners = [];
    for (const listener of told) listener(reason);
  };
  return {
    send: async (bytes) => {
      upload.received += bytes.length;
      if (upload.received === upload.sizeBytes) close();
      await Promise.resolve();
    },
    onData: () => undefined,
    onClose: (listener) => listeners.push(listener),
    close,
  };
}
