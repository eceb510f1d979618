import { z } from 'zod';
import { timeSchema } from './time.ts';

export const usageRangeSchema = z.enum(['hour', 'day', 'week']);
export type UsageRange = z.infer<typeof usageRangeSchema>;

const rate = z.number().min(0).optional();

/** What a machine took over one step of time, on average. A rate is absent where nothing could tell it. */
const usagePointSchema = z.object({
  /** When the step begins. */
  at: timeSchema,
  /** Share of the machine's own CPUs, 0 to 1, and the most of any sample. */
  cpuFraction: z.number().min(0),
  cpuMax: z.number().min(0),
  memoryBytes: z.number().min(0),
  /** Bytes a second that the guest reads from its disks and writes to them. */
  diskRead: rate,
  diskWritten: rate,
  /** Bytes a second that come into the guest and go out of it; its agent tells. */
  networkIn: rate,
  networkOut: rate,
});
export type UsagePoint = z.infer<typeof usagePointSchema>;

/** What a machine took over the last hour, day or week; a step in which it did not run has no point. */
export const usageHistorySchema = z.object({
  from: timeSchema,
  to: timeSchema,
  stepSeconds: z.number().int(),
  /** Oldest first. */
  points: z.array(usagePointSchema),
});
export type UsageHistory = z.infer<typeof usageHistorySchema>;
