import type { Area } from '../operation.ts';
import type { LoadedServices } from '../services.ts';

/** Operations on long work. */
export const jobs: Area<'jobs', LoadedServices> = {
  needs: 'everything',
  procedures: async () => (await import('../../contract/jobs.ts')).jobProcedures,
  rows: {
    'jobs.list': (services) => services.jobs.list(),
    'jobs.pause': (services, { jobId }) => services.jobs.pause(jobId),
    'jobs.resume': (services, { jobId }) => services.jobs.resume(jobId),
    'jobs.cancel': (services, { jobId }) => services.jobs.cancel(jobId),
    'jobs.retry': (services, { jobId }) => services.jobs.retry(jobId),
    'jobs.dismiss': (services, { jobId }) => services.jobs.dismiss(jobId),
  },
};
