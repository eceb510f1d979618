import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from './temporary-home.ts';

export type VolumeKind = 'tmpfs' | 'ext4' | 'btrfs' | 'xfs';

/** A drive: what is on it stays while it is unplugged, but for tmpfs. */
export interface Volume extends Disposable {
  readonly path: string;
  unplug(): void;
  plugIn(): void;
}

/**
 * A volume of its own for one test, unmounted at its end. Throws {@link CanNotMount} where this user may not mount or the
 * tool that makes the file system is missing.
 */
export function mountVolume(kind: VolumeKind, bytes: number): Volume {
  const folder = temporaryFolder();
  const point = path.join(folder.path, 'volume');
  const image = path.join(folder.path, 'image');
  mkdirSync(point);
  try {
    if (kind === 'tmpfs') run('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'tatin-test', point);
    else {
      writeFileSync(image, '');
      truncateSync(image, bytes);
      run(`mkfs.${kind}`, '-q', image);
      run('mount', '-o', 'loop', image, point);
    }
  } catch (error) {
    folder[Symbol.dispose]();
    throw error instanceof Error ? new CanNotMount(kind, error) : error;
  }
  return {
    path: point,
    unplug: () => run('umount', point),
    plugIn: () => run('mount', '-o', 'loop', image, point),
    [Symbol.dispose]: () => {
      try {
        run('umount', point);
      } catch (error) {
        // Something that a failed test left open; without `-l` the folder would stay for good.
        run('umount', '-l', point);
      }
      rmSync(folder.path, { recursive: true, force: true });
    },
  };
}

/** Why a test that needs a volume is skipped. */
export class CanNotMount extends Error {
  constructor(kind: VolumeKind, cause: Error) {
    super(`no ${kind} volume can be mounted here: ${cause.message.split('\n').slice(0, 2).join(' ')}`, { cause });
  }
}

/** Runs a test on a volume, or skips it with the printed reason. */
export async function onVolume(
  context: { skip: (reason: string) => void },
  kind: VolumeKind,
  bytes: number,
  test: (mountPoint: string, volume: Volume) => Promise<void>,
): Promise<void> {
  let volume: Volume;
  try {
    volume = mountVolume(kind, bytes);
  } catch (error) {
    if (!(error instanceof CanNotMount)) throw error;
    console.warn(`Skipped: ${error.message}`);
    context.skip(error.message);
    return;
  }
  using mounted = volume;
  await test(mounted.path, mounted);
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` },
  });
}
