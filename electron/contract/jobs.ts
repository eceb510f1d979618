import { z } from 'zod';
import { jobSchema } from './job.ts';
import type { ProcedureTable } from './procedure.ts';

/** What can be asked of long work. */
export const jobProcedures = {
  'jobs.list': { input: z.object({}), output: z.array(jobSchema) },
  /** Holds a job that can go on later; what it has done is kept, also after a restart. */
  'jobs.pause': { input: z.object({ jobId: z.string() }), output: z.void() },
  'jobs.resume': { input: z.object({ jobId: z.string() }), output: z.void() },
  'jobs.cancel': { input: z.object({ jobId: z.string() }), output: z.void() },
  'jobs.retry': { input: z.object({ jobId: z.string() }), output: jobSchema },
  /** Takes ended jobs off the list: one, or all that ended. */
  'jobs.dismiss': { input: z.object({ jobId: z.string().optional() }), output: z.void() },
} as const satisfies ProcedureTable;
