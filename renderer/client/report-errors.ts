import type { Client } from '../../electron/contract/contract.ts';
import { maxPageErrorLength } from '../../electron/contract/host.ts';
import { AppError } from '../../electron/contract/errors.ts';

/** Errors that a page reports in its life: one that comes again and again says nothing new. */
const maxReports = 20;

/** Sends errors of this page that nothing caught to the log, for the day when somebody has to find out. */
export function reportErrors(client: Client): void {
  let reports = 0;
  const report = (error: unknown): void => {
    // It is no fault of the page, and could not be sent.
    if (error instanceof AppError && error.code === 'connection-lost') return;
    if (reports >= maxReports) return;
    reports++;
    client.call('host.reportPageError', { text: textOf(error) }).catch(() => undefined);
  };
  // Some browsers have no more than the message, of scripts of others.
  window.addEventListener('error', (event) => report((event.error as unknown) ?? event.message));
  window.addEventListener('unhandledrejection', (event) => report(event.reason));
}

function textOf(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${window.location.pathname}: ${text}`.slice(0, maxPageErrorLength);
}
