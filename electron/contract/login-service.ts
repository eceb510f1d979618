import { z } from 'zod';

/** Whether the system of this user starts Tatin at login, and with what. */
export const loginServiceSchema = z.object({
  /** Whose word it is: macOS' launchd, or systemd. */
  system: z.enum(['launchd', 'systemd']),
  isInstalled: z.boolean(),
  /** Whether the system says that it runs now. */
  isRunning: z.boolean(),
  /** The file that makes it so, where it is or would be. */
  file: z.string(),
  /** What is in the file, or would be. */
  text: z.string(),
  /** Why it can't be installed here, if so. */
  notAvailable: z.string().optional(),
});
export type LoginServiceStatus = z.infer<typeof loginServiceSchema>;
