import { z } from 'zod';
import { AppError } from '../../../contract/errors.ts';

/** QEMU's event; the device's name is empty for disks that are named by their node, as ours are. */
const eventSchema = z.object({
  'node-name': z.string().default(''),
  nospace: z.boolean().default(false),
  operation: z.string().default(''),
  reason: z.string().default(''),
});

/** Why QEMU stopped the guest in the middle of using a disk; the guest goes on from there when it is resumed. */
export function ioError(data: unknown): AppError {
  const parsed = eventSchema.safeParse(data);
  const { nospace, operation, reason, 'node-name': node } = parsed.success ? parsed.data : eventSchema.parse({});
  const details = `${operation} on ${node}: ${reason}`;
  if (nospace)
    return new AppError('no-space', 'The machine is paused because the drive that holds its disk is full.', {
      hint: 'Make room there, then resume it: the guest goes on as if nothing had happened.',
      details,
      retry: true,
    });
  return new AppError('unexpected', 'The machine is paused because its disk could not be used.', {
    hint: 'Check the drive that the machine is on, then resume it.',
    details,
    retry: true,
  });
}
