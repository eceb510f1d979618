import { describe, expect, it } from 'vitest';
import { AppError, errorInfoSchema } from './errors.ts';

describe('AppError', () => {
  it('crosses the wire and comes back the same', () => {
    const error = new AppError('port-taken', 'Port 2222 is taken.', {
      hint: 'Choose another.',
      details: 'raw',
      retry: true,
    });
    const wire: unknown = JSON.parse(JSON.stringify(error.toInfo()));
    expect(AppError.fromInfo(errorInfoSchema.parse(wire)).toInfo()).toEqual(error.toInfo());
  });

  it('leaves out what was not said, so that the strict side need not allow for undefined', () => {
    expect(Object.keys(new AppError('timeout', 'Too late.').toInfo())).toEqual(['code', 'message']);
  });

  it('keeps a thrown AppError as it is', () => {
    const error = new AppError('no-space', 'Full.');
    expect(AppError.from(error)).toBe(error);
  });

  it('tells an abort from a failure', () => {
    const controller = new AbortController();
    controller.abort();
    expect(AppError.from(controller.signal.reason).code).toBe('cancelled');
    const cause = new Error('boom');
    const wrapped = AppError.from(cause);
    expect(wrapped.code).toBe('unexpected');
    expect(wrapped.cause).toBe(cause);
    expect(wrapped.message).toContain('boom');
  });
});
