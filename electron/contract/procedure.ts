import type { z } from 'zod';
import { jobSchema } from './job.ts';

/** What is asked and answered. `result` is there where the answer is a job: what the job makes, for who waits for it. */
export type ProcedureTable = Record<string, { input: z.ZodType; output: z.ZodType; result?: z.ZodType }>;

/** A procedure that answers at once with a job, which works on when the caller is gone. */
export function longProcedure<Input extends z.ZodType, Result extends z.ZodType>(input: Input, result: Result) {
  return { input, output: jobSchema, result };
}
