import { sessionPaths } from '../../electron/contract/browser-sessions.ts';
import type { WebSocketClient } from './websocket-client.ts';

/** How often the server is told that a page is looked at, in milliseconds: often enough for the shortest of its waits. */
const tellEveryMs = 10 * 60 * 1000;

/**
 * Tells the server whether this page is looked at, which is a use of the session, or only open, which is none; either way
 * the browser keeps its cookie as long as the session lasts. Finds out so, too, when it is over.
 */
export async function lookAfterSession(client: Pick<WebSocketClient, 'setOver'>): Promise<void> {
  const method = document.visibilityState === 'visible' ? 'POST' : 'GET';
  try {
    const { status } = await fetch(sessionPaths.own, { method, cache: 'no-store' });
    if (status === 401) client.setOver();
  } catch {
    // The server does not answer at all; the connection says that for itself.
  }
}

/** Does so for as long as the page is there. */
export function keepSession(client: Pick<WebSocketClient, 'setOver'>): void {
  setInterval(() => void lookAfterSession(client), tellEveryMs);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void lookAfterSession(client);
  });
  // A page that the browser had put aside shows what was true then, and to whom it was shown.
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) window.location.reload();
  });
}
