import { z } from 'zod';
import { loginServiceSchema } from './login-service.ts';
import { vmIdSchema } from './machine.ts';
import type { ProcedureTable } from './procedure.ts';
import { usageHistorySchema, usageRangeSchema } from './usage-history.ts';

/** What can be asked about machines that run for long. */
export const supervisionProcedures = {
  /** Whether the system of this user starts Tatin at login. */
  'service.get': { input: z.object({}), output: loginServiceSchema },
  /** Installs it, in place of an older one, and starts it now; `port` is of the browser entry. */
  'service.install': {
    input: z.object({ port: z.number().int().min(1).max(65_535).optional() }),
    output: loginServiceSchema,
  },
  /** Takes it away, and ends it; machines keep running. */
  'service.uninstall': { input: z.object({}), output: loginServiceSchema },
  /** What a machine took over time, as its folder remembers it. */
  'usage.history': {
    input: z.object({ id: vmIdSchema, range: usageRangeSchema.default('hour') }),
    output: usageHistorySchema,
  },
} as const satisfies ProcedureTable;
