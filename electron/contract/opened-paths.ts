import { z } from 'zod';
import { printableLine } from './printable.ts';

/** A file or folder outside of a machine's folder that it opens when it runs. */
const openedPathSchema = z.object({
  kind: z.enum(['disk', 'folder']),
  /** Absolute, without links; or the address of a network disk. */
  path: z.string().max(4096),
  /** Whether the guest may write there. */
  writable: z.boolean(),
});
export type OpenedPath = z.infer<typeof openedPathSchema>;

/** More than options of a machine can name. */
export const openedPathsSchema = z.array(openedPathSchema).max(100);

/** An opened path for a person: "/srv/data (folder, read and write)". */
export function describePath({ path, kind, writable }: OpenedPath): string {
  return `${shownPath(path)} (${kind === 'folder' ? 'folder, ' : ''}${writable ? 'read and write' : 'read only'})`;
}

/** A path as a person sees it: quoted where it would not be one word, and with nothing in it that hides or turns letters. */
export function shownPath(path: string): string {
  return /^[\w./@:+-]+$/.test(path) ? path : printableLine(JSON.stringify(path));
}
