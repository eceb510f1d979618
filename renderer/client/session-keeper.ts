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

/** On it, the pages of a browser tell each other that one is in. */
const channelName = 'tatin-session';

/** Does so for as long as the page is there, and tells other pages of the browser when this one is in. */
export function keepSession(client: Pick<WebSocketClient, 'setOver' | 'onConnection'>): void {
  const others = new BroadcastChannel(channelName);
  client.onConnection((state) => {
    if (state === 'connected') others.postMessage('in');
  });
  setInterval(() => void lookAfterSession(client), tellEveryMs);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void lookAfterSession(client);
  });
  // A page that the browser had put aside shows what was true then, and to whom it was shown.
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) window.location.reload();
  });
}

/**
 * Calls `then` once this browser is logged in again, by whichever of its pages, until the returned function is called.
 * Asks for it only when somebody turns to this page.
 */
export function whenBackIn(then: () => void): () => void {
  const others = new BroadcastChannel(channelName);
  others.addEventListener('message', then);
  const ask = async (): Promise<void> => {
    const status = await fetch(sessionPaths.own, { cache: 'no-store' }).then(
      (answer) => answer.status,
      () => undefined,
    );
    if (status === 204) then();
  };
  const onFocus = (): void => void ask();
  window.addEventListener('focus', onFocus);
  return () => {
    others.close();
    window.removeEventListener('focus', onFocus);
  };
}
