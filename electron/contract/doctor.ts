import { z } from 'zod';
import { timeSchema } from './machine.ts';
import type { ProcedureTable } from './procedure.ts';

/** A cure for what a check found. */
const fixSchema = z.object({
  id: z.string(),
  /** On its button: "Remove 3 Links". */
  title: z.string(),
  /**
   * `safe` loses nothing and asks nobody; `ask` may cost data or needs an administrator, and is confirmed first; `place`
   * leads to the screen where a person decides; `command` is for a person to type.
   */
  kind: z.enum(['safe', 'ask', 'place', 'command']),
  /** What a confirmation says will happen, or the command to type. */
  says: z.string().optional(),
  /** For `place`: which screen. */
  place: z.enum(['all', 'running', 'images', 'network', 'registries', 'jobs', 'settings']).optional(),
});
export type Fix = z.infer<typeof fixSchema>;

const checkResultSchema = z.object({
  id: z.string(),
  /** "Free space" */
  title: z.string(),
  state: z.enum(['failed', 'attention', 'passed', 'skipped']),
  /** What was found and why it matters; for one that was skipped, why. */
  summary: z.string(),
  /** What was looked at, with its numbers. */
  lookedAt: z.string(),
  /** Names and raw output for the Details fold. */
  details: z.string().optional(),
  fixes: z.array(fixSchema),
});
export type CheckResult = z.infer<typeof checkResultSchema>;

const diagnosisSchema = z.object({ at: timeSchema, checks: z.array(checkResultSchema) });
export type Diagnosis = z.infer<typeof diagnosisSchema>;

/** What can be asked of the doctor. */
export const doctorProcedures = {
  /** Looks at everything now. */
  'doctor.examine': { input: z.object({}), output: diagnosisSchema },
  /** Carries out a cure that the check still offers, and looks again. */
  'doctor.fix': { input: z.object({ checkId: z.string(), fixId: z.string() }), output: checkResultSchema },
  /** Text for a bug report: what the doctor found, versions, the log; with nothing secret in it. */
  'doctor.diagnostics': { input: z.object({}), output: z.object({ fileName: z.string(), text: z.string() }) },
} as const satisfies ProcedureTable;
