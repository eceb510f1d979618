import { z } from 'zod';
import { type BrowserSession, browserSessionSchema, sessionPaths } from '../../electron/contract/browser-sessions.ts';
import { AppError } from '../../electron/contract/errors.ts';
import type { SessionsShell } from '../../electron/contract/shell.ts';

/** The sessions of the server that this page came from. */
export const browserSessions: SessionsShell = {
  async list(signal: AbortSignal): Promise<BrowserSession[]> {
    const response = await ask(sessionPaths.all, { signal });
    return z.array(browserSessionSchema).parse(await response.json());
  },
  async logOut(which) {
    await ask(sessionPaths.logOut, { method: 'POST', body: new URLSearchParams({ sessions: which }) });
    // In place of this page, so that going back shows nothing.
    if (which === 'this' || which === 'all') window.location.replace('/');
  },
};

async function ask(path: string, options: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { cache: 'no-store', ...options });
  } catch (cause) {
    if (options.signal?.aborted === true) throw AppError.from(options.signal.reason);
    throw new AppError('connection-lost', 'Tatin does not answer.', { retry: true, cause });
  }
  if (response.ok) return response;
  if (response.status === 404) throw new AppError('invalid-input', 'That browser is logged out already.');
  throw new AppError('not-allowed', 'This browser is logged out.', { hint: 'Log in again.' });
}
