import { z } from 'zod';
import { timeSchema } from './time.ts';

/** Why a browser's session with the server is over. */
export const sessionEndSchema = z.enum([
  /** Nobody used it for too long. */
  'unused',
  /** It was made too long ago, however much it was used. */
  'too-old',
  /** Logged out, from here or from another browser. */
  'logged-out',
  /** More browsers logged in than are kept at once, and this one was the longest unused. */
  'too-many',
]);
export type SessionEnd = z.infer<typeof sessionEndSchema>;

/** Closes the WebSockets of a session that is over, with a {@link SessionEnd} as the reason. RFC 6455, 7.4.2: 4000 to 4999 are ours. */
export const sessionOverCode = 4401;

/** A browser that is logged in, as the list of sessions shows it. */
export const browserSessionSchema = z.object({
  /** Names it to end it; opens nothing. */
  id: z.uuid(),
  madeAt: timeSchema,
  usedAt: timeSchema,
  /** The address that it logged in from. */
  address: z.string(),
  /** "Firefox on Linux" */
  browser: z.string(),
  /** Whether it is the one that asks. */
  isThis: z.boolean(),
});
export type BrowserSession = z.infer<typeof browserSessionSchema>;

/** Where the server tells of sessions, and ends them. */
export const sessionPaths = {
  /** GET says whether there is still a session, and is no use of it; POST is one. */
  own: '/session',
  /** GET: the list. */
  all: '/sessions',
  /** GET: a page without scripts that asks; POST, as a form: ends what `sessions` says. */
  logOut: '/logout',
} as const;

/** What POST to {@link sessionPaths}.logOut ends: this browser's session, every one, or the one of that id. */
export const logOutSchema = z.union([z.literal('this'), z.literal('all'), z.uuid()]);
export type LogOut = z.infer<typeof logOutSchema>;
