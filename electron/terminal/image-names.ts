import { parseReference, printReference } from '../contract/reference.ts';

/**
 * The whole name of an image of a registry (`host/namespace:tag`, `latest` written out, or `...@sha256:...`), or undefined
 * for a name of a VM. As with Tart, what tells them apart is the slash, which no VM has.
 * @throws AppError `reference-not-allowed` for what has a slash and is no image either
 */
export function remoteName(name: string): string | undefined {
  return name.includes('/') ? printReference(parseReference(name)) : undefined;
}
