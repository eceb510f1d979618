import { z } from 'zod';
import { timeSchema } from './time.ts';

/** How a machine is looked after while it is to run for long: what a person asked for, and how it stands. */

const port = z.number().int().min(1).max(65_535);

/** What is asked of the guest to find out whether it works. Ports are the guest's own. */
export const healthCheckSchema = z.discriminatedUnion('by', [
  /** The agent inside answers. */
  z.object({ by: z.literal('agent') }),
  /** Something answers at the port. */
  z.object({ by: z.literal('tcp'), port }),
  /** A web server answers with a status of 200 to 399. */
  z.object({
    by: z.literal('http'),
    port,
    path: z
      .string()
      .max(1000)
      .regex(/^\/[\x21-\x7e]*$/, 'A path begins with a slash and has no blanks.'),
  }),
]);
export type HealthCheck = z.infer<typeof healthCheckSchema>;

/** The check with its measure; the words and defaults of a container's health check. */
export const healthSettingsSchema = z.object({
  check: healthCheckSchema,
  intervalSeconds: z.number().int().min(1).max(86_400).default(30),
  timeoutSeconds: z.number().int().min(1).max(600).default(5),
  /** Failures in a row before it counts as unhealthy. */
  retries: z.number().int().min(1).max(100).default(3),
  /** Failures so soon after a start are part of booting. */
  startSeconds: z.number().int().min(0).max(86_400).default(90),
  /** What is done then: a note in its events alone, or power off and on. */
  onFailure: z.enum(['record', 'restart']).default('record'),
});
export type HealthSettings = z.infer<typeof healthSettingsSchema>;

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const weekdaySchema = z.enum(weekdays);
export type Weekday = z.infer<typeof weekdaySchema>;

export const scheduledActionSchema = z.enum(['start', 'suspend', 'shut-down']);
export type ScheduledAction = z.infer<typeof scheduledActionSchema>;

/** Something to do at a time of the host's own clock, on some days of the week. */
export const scheduleEntrySchema = z.object({
  action: scheduledActionSchema,
  /** `HH:MM`, 24 hours. */
  time: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'A time looks like 08:00.'),
  days: z
    .array(weekdaySchema)
    .min(1, 'A schedule needs a day.')
    .transform((days) => weekdays.filter((day) => days.includes(day))),
});
export type ScheduleEntry = z.infer<typeof scheduleEntrySchema>;

/** How the checks of a running machine stand. */
const healthSchema = z.object({
  /**
   * `starting`: not yet answered, and still within its time to start. `unknown`: the check can't be made, which says
   * nothing about the guest.
   */
  state: z.enum(['starting', 'healthy', 'unhealthy', 'unknown']),
  since: timeSchema,
  /** Failures in a row. */
  failures: z.number().int(),
  /** Why the last check failed, or can't be made. */
  reason: z.string().optional(),
});
export type Health = z.infer<typeof healthSchema>;

/** What the supervisor of a machine has found and will do. */
export const supervisionSchema = z.object({
  /** It is started again then; `attempt` counts those in a row. */
  nextTry: z.object({ at: timeSchema, attempt: z.number().int(), reason: z.string() }).optional(),
  health: healthSchema.optional(),
  /** What its schedule does next. */
  nextAction: z.object({ at: timeSchema, action: scheduledActionSchema }).optional(),
});
export type SupervisionStatus = z.infer<typeof supervisionSchema>;
