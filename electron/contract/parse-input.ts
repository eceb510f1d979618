import type { z } from 'zod';
import { AppError } from './errors.ts';

/** What a procedure or channel is given, as its schema makes it. @throws AppError `invalid-input` with the field that is wrong */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const first = parsed.error.issues[0];
  const where = first === undefined || first.path.length === 0 ? 'The input' : first.path.join('.');
  throw new AppError('invalid-input', `${where}: ${first?.message ?? 'not as expected'}`, {
    details: JSON.stringify(parsed.error.issues, undefined, 2),
  });
}
