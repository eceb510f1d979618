import type { Area } from '../operation.ts';
import type { LoadedServices } from '../services.ts';
import { inspectExport } from './export.ts';
import { inspect, keptOf } from './import.ts';

/** Operations that bring machines in. */
export const imports: Area<'imports', LoadedServices> = {
  needs: 'everything',
  procedures: async () => (await import('../../contract/imports.ts')).transferProcedures,
  rows: {
    'imports.inspect': (services, { source }, signal) => inspect(services, source, signal),
    'imports.kept': async ({ library }, { source }) => ({ bytes: await keptOf(library, source) }),
    'imports.start': { load: () => import('./import.ts') },
  },
};

/** Operations that write machines to files. */
export const exports: Area<'exports'> = {
  needs: 'library',
  procedures: async () => (await import('../../contract/imports.ts')).transferProcedures,
  rows: {
    'exports.inspect': ({ library }, input) => inspectExport(library, input),
    'exports.start': { load: () => import('./export.ts') },
  },
};

/** Operations on files that a page sends. */
export const uploads: Area<'uploads', LoadedServices> = {
  needs: 'everything',
  procedures: async () => (await import('../../contract/imports.ts')).transferProcedures,
  rows: {
    'uploads.begin': (services, input) => services.uploads.begin(input),
    'uploads.discard': (services, { uploadId }) => services.uploads.discard(uploadId),
  },
};

/** Operations on files in guests. */
export const guestFiles: Area<'guestFiles', LoadedServices> = {
  needs: 'everything',
  procedures: async () => (await import('../../contract/imports.ts')).transferProcedures,
  rows: { 'guestFiles.send': { load: () => import('./send-to-guest.ts') } },
};
