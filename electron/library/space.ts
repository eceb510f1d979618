import { statfs } from 'node:fs/promises';
import { AppError } from '../contract/errors.ts';

/** Bytes that this user can still write on the volume of a path. */
export async function freeBytes(path: string): Promise<number> {
  const status = await statfs(path);
  return status.bavail * status.bsize;
}

/** A size as people compare it with a drive's: decimal GB, MB below one. */
export function sizeText(bytes: number): string {
  if (bytes >= 999_500_000) return `${Number((bytes / 1e9).toPrecision(3))} GB`;
  return `${Math.max(Math.round(bytes / 1e6), bytes > 0 ? 1 : 0)} MB`;
}

/** @throws AppError `no-space` if fewer than `bytes` are free, before anything is written. */
export async function requireSpace(path: string, bytes: number, what: string): Promise<void> {
  const free = await freeBytes(path);
  if (free >= bytes) return;
  throw new AppError('no-space', `${what} needs ${sizeText(bytes)}, and ${sizeText(free)} are free.`, {
    hint: 'Delete what you no longer need, or empty the Trash, and try again.',
    retry: true,
  });
}

/** The error of a write that found the volume full. */
export async function outOfSpace(path: string, what: string, cause: unknown): Promise<AppError> {
  const free = await freeBytes(path).catch(() => undefined);
  const left = free === undefined ? '' : ` (${sizeText(free)} are free now that it is undone)`;
  return new AppError('no-space', `${what} stopped because the disk is full${left}.`, {
    hint: 'Delete what you no longer need, or empty the Trash, and try again.',
    retry: true,
    cause,
  });
}
