import { z } from 'zod';

/**
 * A list of a guest that may have at most so many items. Unlike `z.array().max()`, one that has more is refused before
 * its items are looked at: each that is wrong would cost a description of its mistake.
 */
export function listOf<T>(maxItems: number, item: z.ZodType<T>) {
  return z
    .custom<unknown[]>((value) => Array.isArray(value) && value.length <= maxItems, 'is not a list, or too long')
    .pipe(z.array(item));
}
