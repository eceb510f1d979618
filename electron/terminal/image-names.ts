import { AppError } from '../contract/errors.ts';
import { parseReference, printReference } from '../contract/reference.ts';
import type { Operations } from './operations.ts';

/**
 * The whole name of an image of a registry (`host/namespace:tag`, `latest` written out, or `...@sha256:...`), or undefined
 * for a name of a VM. As with Tart, what tells them apart is the slash, which no VM has.
 * @throws AppError `reference-not-allowed` for what has a slash and is no image either
 */
export function remoteName(name: string): string | undefined {
  return name.includes('/') ? printReference(parseReference(name)) : undefined;
}

/** The id of an image in the cache by its whole name; undefined if none is there. */
export async function imageIdOf(operations: Operations, name: string): Promise<string | undefined> {
  try {
    return (await operations.call('images.find', { name })).id ?? undefined;
  } catch (error) {
    if (error instanceof AppError && error.code === 'image-not-found') return undefined;
    throw error;
  }
}
