import type { ServerResponse } from 'node:http';
import { sessionPaths } from '../contract/browser-sessions.ts';
import type { PasswordRefusal } from './access.ts';
import type { LinkRefusal } from './links.ts';

const style =
  'body{font:13px/1.5 system-ui,sans-serif;max-width:40em;margin:20vh auto;padding:0 2em}form{display:inline-block;margin:0 1em 0 0}';

const passwordForm =
  '<form method="post" action="/login"><p><label>Password <input type="password" name="password" autocomplete="current-password" autofocus required></label> <button>Log In</button></p></form>';

const logOutButton = (which: 'this' | 'all', words: string): string =>
  `<form method="post" action="${sessionPaths.logOut}"><button name="sessions" value="${which}">${words}</button></form>`;

/** A page without scripts. `text` and `forms` are ours, never from a request. */
export function sendPage(response: ServerResponse, status: number, text: string, forms = ''): void {
  // Without a referrer, browsers send forms without an origin too, and those are refused.
  if (forms !== '') response.setHeader('referrer-policy', 'same-origin');
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark"><meta name="viewport" content="width=device-width"><title>Tatin</title><link rel="icon" href="data:,"><style>${style}</style><main><h1>Tatin</h1><p>${text}</p>${forms}</main></html>`;
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(html);
}

/** Says why somebody does not get in, and how they do. */
export function sendWayIn(
  response: ServerResponse,
  why: string,
  { wantsPassword, status = 401 }: { wantsPassword: boolean; status?: number },
): void {
  const way = 'Tatin prints a new link in the terminal where it runs: press Return there, or start it again.';
  sendPage(response, status, `${why} ${way}`, wantsPassword ? passwordForm : '');
}

export const linkWords: Record<LinkRefusal, string> = {
  used: 'This link was used already.',
  'too-old': 'This link is too old.',
  unknown: 'This link is not from the Tatin that runs here.',
};

export function passwordWords(refusal: PasswordRefusal): string {
  if (refusal.why === 'wrong') return 'Wrong password.';
  const seconds = Math.ceil(refusal.waitMs / 1000);
  const wait = seconds < 100 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
  return `Too many wrong passwords came from your address. Try again in ${wait}.`;
}

/** Asks, for browsers that run no scripts. */
export function sendLogOutQuestion(response: ServerResponse): void {
  const forms = logOutButton('this', 'Log Out This Browser') + logOutButton('all', 'Log Out All Browsers');
  sendPage(response, 200, 'Your machines keep running when you log out.', forms);
}
