import { stat } from 'node:fs/promises';
import { release } from 'node:os';
import { AppError } from '../contract/errors.ts';
import { type RunCommand, runCommand } from '../host/command-runner.ts';

/** Darwin 25 is the system of macOS 26, the first with the format. */
const firstDarwin = 25;

/** Where a disk in Apple's sparse format is made; a parameter so that every answer can be tried on every computer. */
export interface AsifHost {
  readonly platform: NodeJS.Platform;
  /** As `os.release()` gives it: "25.1.0". */
  readonly release: string;
  readonly run: RunCommand;
}

/** This computer. */
function thisAsifHost(): AsifHost {
  return { platform: process.platform, release: release(), run: runCommand };
}

/** @throws AppError `not-supported` where the format is not known */
export function requireAsif({ platform, release: darwin }: Omit<AsifHost, 'run'> = thisAsifHost()): void {
  if (platform === 'darwin' && Number.parseInt(darwin, 10) >= firstDarwin) return;
  throw new AppError('not-supported', "Apple's sparse disk format (ASIF) needs macOS 26.", {
    hint: 'Leave it out: a raw disk takes no more room than what is written to it either.',
  });
}

/**
 * Makes an empty disk in Apple's sparse format, which only `diskutil` of macOS can.
 * @param file a place where nothing is
 * @throws AppError `not-supported`, `cancelled`
 */
export async function makeAsifDisk(
  file: string,
  bytes: number,
  signal: AbortSignal,
  host: AsifHost = thisAsifHost(),
): Promise<void> {
  requireAsif(host);
  const words = ['image', 'create', 'blank', '--fs', 'None', '--format', 'ASIF', '--size', String(bytes), file];
  const { exitCode, stdout, stderr } = await host.run('/usr/sbin/diskutil', words, { signal });
  signal.throwIfAborted();
  const isMade = (await stat(file).catch(() => undefined))?.isFile() === true;
  if (exitCode === 0 && isMade) return;
  throw new AppError('not-supported', 'macOS could not make the disk in its sparse format (ASIF).', {
    hint: 'Make it a raw disk instead.',
    details: `${stdout}\n${stderr}`.trim(),
  });
}
