import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { PortForward, SharedFolder } from '../../contract/machine.ts';

/** A folder of the host, mounted in the guest by its tag. */
export interface PlannedShare {
  readonly tag: string;
  /** Absolute. */
  readonly path: string;
  readonly readOnly: boolean;
}

/** virtio's field for a file system's tag has 36 bytes (virtio 1.2, 5.11.4). */
const maxTagBytes = 36;

/**
 * Port forwards that can all hold at once.
 * @throws AppError `invalid-input` naming the port that two want
 */
export function planForwards(forwards: readonly PortForward[]): readonly PortForward[] {
  forwards.forEach((forward, index) => {
    const rival = forwards.slice(0, index).find((earlier) => collide(earlier, forward));
    if (rival === undefined) return;
    throw new AppError(
      'invalid-input',
      `Two port forwards use ${forward.protocol.toUpperCase()} port ${forward.hostPort} of this computer.`,
      { hint: 'Give one of them another port.' },
    );
  });
  return forwards;
}

/** Whether two forwards want the same port of the host, on the same address or one of them on all. */
export function collide(one: PortForward, other: PortForward): boolean {
  const everywhere = '0.0.0.0';
  return (
    one.protocol === other.protocol &&
    one.hostPort === other.hostPort &&
    (one.hostAddress === other.hostAddress || one.hostAddress === everywhere || other.hostAddress === everywhere)
  );
}

/**
 * Shared folders by the tag that the guest mounts, which is their name unless one is given.
 * @throws AppError `invalid-input`
 */
export function planShares(folders: readonly (SharedFolder & { tag?: string | undefined })[]): readonly PlannedShare[] {
  const shares: PlannedShare[] = [];
  for (const folder of folders) {
    const tag = folder.tag ?? folder.name;
    if (tag === '' || Buffer.byteLength(tag) > maxTagBytes || /\p{Cc}/u.test(tag))
      throw new AppError('invalid-input', `“${tag}” can't be the name of a shared folder.`, {
        hint: `Use at most ${maxTagBytes} bytes and no control characters.`,
      });
    if (shares.some((share) => share.tag === tag))
      throw new AppError('invalid-input', `Two shared folders are named “${tag}”.`, { hint: 'Rename one of them.' });
    if (!path.isAbsolute(folder.path))
      throw new AppError('invalid-input', `“${folder.path}” is not the whole path of a folder.`);
    shares.push({ tag, path: folder.path, readOnly: folder.readOnly });
  }
  return shares;
}
