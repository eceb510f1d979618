import { stat, statfs } from 'node:fs/promises';
import { AppError } from '../contract/errors.ts';
import { diskText } from '../contract/words/sizes.ts';

/** Bytes that this user can still write on the volume of a path. */
export async function freeBytes(path: string): Promise<number> {
  const status = await statfs(path);
  return status.bavail * status.bsize;
}

/** Room of a volume that is left to running guests, which stop when they can't write, and to other programs, in bytes. */
const heldBack = { bytes: 1024 ** 3, part: 0.05 };

/** What is promised to work under way in this process, by the device numbers of the volumes. */
const promised = new Map<number, Set<SpaceReservation>>();

/** Bytes of a volume that are promised and not yet written. Others are told that they are not free. */
export class SpaceReservation implements Disposable {
  readonly #device: number;
  #bytes: number;

  constructor(device: number, bytes: number) {
    this.#device = device;
    this.#bytes = bytes;
    const onVolume = promised.get(device) ?? new Set();
    promised.set(device, onVolume.add(this));
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** So many of them are written now. */
  take(bytes: number): void {
    this.#bytes = Math.max(0, this.#bytes - bytes);
  }

  [Symbol.dispose](): void {
    const onVolume = promised.get(this.#device);
    onVolume?.delete(this);
    if (onVolume?.size === 0) promised.delete(this.#device);
  }
}

interface VolumeSpace {
  readonly device: number;
  readonly freeBytes: number;
  readonly heldBackBytes: number;
}

async function spaceOf(path: string): Promise<VolumeSpace> {
  const [{ dev }, { bavail, blocks, bsize }] = await Promise.all([stat(path), statfs(path)]);
  const heldBackBytes = Math.min(heldBack.bytes, Math.floor(blocks * bsize * heldBack.part));
  return { device: dev, freeBytes: bavail * bsize, heldBackBytes };
}

/** How much stays free on the volume of a path, whatever Tatin writes there by itself. */
export async function reserveBytes(path: string): Promise<number> {
  return (await spaceOf(path)).heldBackBytes;
}

function requireFree({ device, freeBytes: free, heldBackBytes }: VolumeSpace, bytes: number, what: string): void {
  const others = [...(promised.get(device) ?? [])].reduce((sum, reservation) => sum + reservation.bytes, heldBackBytes);
  const left = Math.max(0, free - others);
  if (left >= bytes) return;
  // What others need is worth telling where it is what is in the way.
  const [shown, beside] =
    free < bytes
      ? [free, '']
      : [left, ` beside the ${diskText(others)} that are kept for running machines and other work`];
  throw new AppError('no-space', `${what} needs ${diskText(bytes)}, and ${diskText(shown)} are free${beside}.`, {
    hint: 'Delete what you no longer need, or empty the Trash, and try again.',
    retry: true,
  });
}

/**
 * @throws AppError `no-space` if fewer than `bytes` are free that are neither held back nor promised to other work, before
 * anything is written
 */
export async function requireSpace(path: string, bytes: number, what: string): Promise<void> {
  requireFree(await spaceOf(path), bytes, what);
}

/**
 * Promises `bytes` of the volume to work that others begin, as often as they like: all of it is reckoned together.
 * @throws AppError `no-space`
 */
export async function reserveSpace(path: string, bytes: number, what: string): Promise<SpaceReservation> {
  const space = await spaceOf(path);
  // In one go with what follows, so that two who ask at once are not both promised the same room.
  requireFree(space, bytes, what);
  return new SpaceReservation(space.device, bytes);
}

/** The error of a write that found the volume full. */
export async function outOfSpace(path: string, what: string, cause: unknown): Promise<AppError> {
  const free = await freeBytes(path).catch(() => undefined);
  const left = free === undefined ? '' : ` (${diskText(free)} are free now that it is undone)`;
  return new AppError('no-space', `${what} stopped because the disk is full${left}.`, {
    hint: 'Delete what you no longer need, or empty the Trash, and try again.',
    retry: true,
    cause,
  });
}
