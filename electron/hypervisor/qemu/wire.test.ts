import { describe, expect, it } from 'vitest';
import { reportSchema, toldSchema } from './wire.ts';

describe('Messages of the wire', () => {
  it('are told apart', () => {
    expect(toldSchema.parse({ state: { phase: 'stopped' } })).toEqual({ state: { phase: 'stopped' } });
    const hello = { hello: { folder: '/v', userNetworkAddress: '10.0.2.15' }, state: { phase: 'stopped' } };
    expect(toldSchema.parse(hello)).toEqual(hello);
    const error = { id: 1, error: { code: 'timeout', message: 'Late.' } };
    expect(toldSchema.parse(error)).toEqual(error);
    expect(reportSchema.safeParse({ running: false }).success).toBe(false);
  });
});
