import { describe, expect, it } from 'vitest';
import type { Client } from '../../electron/contract/contract.ts';
import { AppError } from '../../electron/contract/errors.ts';
import { reportErrors } from './report-errors.ts';

describe('reportErrors', () => {
  const told: unknown[] = [];
  const client = {
    call: (name: string, input: unknown) => {
      told.push([name, input]);
      return Promise.reject(new Error('the log is full'));
    },
  } as unknown as Client;

  const throwInPage = (error: unknown) => window.dispatchEvent(new ErrorEvent('error', { error }));
  /** jsdom has no PromiseRejectionEvent. */
  const rejectInPage = (reason: unknown) =>
    window.dispatchEvent(Object.assign(new Event('unhandledrejection'), { reason }));

  it('sends what nothing caught to the log, but not that the connection is gone, and not without end', () => {
    reportErrors(client);
    throwInPage(new Error('a stray listener'));
    rejectInPage('a stray promise');
    rejectInPage(new AppError('connection-lost', 'Tatin does not answer.'));
    expect(told).toEqual([
      ['host.reportPageError', { text: expect.stringContaining('/: Error: a stray listener') as string }],
      ['host.reportPageError', { text: '/: a stray promise' }],
    ]);
    for (let round = 0; round < 100; round++) throwInPage(new Error('x'.repeat(100_000)));
    expect(told).toHaveLength(20);
    expect((told.at(-1) as [string, { text: string }])[1].text.length).toBeLessThanOrEqual(8_192);
  });
});
