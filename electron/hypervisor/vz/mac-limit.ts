import { readdirSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { RunCommand } from '../../host/command-runner.ts';
import { parseConfig } from '../../library/config.ts';
import { tartFiles } from '../../library/layout.ts';
import { readConfigText } from '../../library/locks.ts';

/** Apple's licence allows two macOS guests at a time on one Mac, and the framework holds everyone to it. */
export const mostMacGuests = 2;

/** The program that macOS runs each guest of the framework in, whoever started it. */
const guestProgram = 'com.apple.Virtualization.VirtualMachine';

/**
 * The macOS machines beside `folder` that run, by the locks of their folders: Tart's as well as ours. Those of other
 * homes and other programs are not among them.
 */
export function runningMacMachines(folder: string): string[] {
  const vms = path.dirname(folder);
  const siblings = readdirSync(vms).filter((name) => name !== path.basename(folder));
  return siblings.filter((name) => isRunningMac(path.join(vms, name, tartFiles.config)));
}

function isRunningMac(configPath: string): boolean {
  try {
    const { text, lockPid } = readConfigText(configPath);
    return lockPid !== undefined && parseConfig(text).os === 'darwin';
  } catch (error) {
    // What can't be read does not run.
    return false;
  }
}

/**
 * Says beforehand, with names, what the framework would say without. @throws AppError `machine-limit`
 */
export function checkMacLimit(folder: string): void {
  const names = runningMacMachines(folder);
  if (names.length >= mostMacGuests) throw limitReached(names);
}

/**
 * The error for a Mac that runs as many macOS guests as it may. Where not all of them are in this home, `strays`, the
 * processes of guests as {@link guestProcesses} finds them, are listed too.
 */
export function limitReached(names: readonly string[], strays: readonly number[] = []): AppError {
  const known = names.map((name) => `“${name}”`).join(' and ');
  const message =
    names.length === 0
      ? 'This Mac runs as many macOS guests as macOS allows (two), and none of them is in this library.'
      : `This Mac can run two macOS guests at once, and ${known} ${names.length === 1 ? 'is one that runs' : 'run'}.`;
  const own = 'Suspend or shut down one of them.';
  const others =
    'End the other programs that run guests. If there are none, restart this Mac: macOS may have miscounted.';
  return new AppError('machine-limit', message, {
    hint: names.length >= mostMacGuests ? own : others,
    details: strays.length === 0 ? undefined : `Processes of guests: ${strays.join(', ')}`,
    retry: true,
  });
}

/** The processes that macOS runs guests in, macOS guests and others; empty if they can't be listed. */
export async function guestProcesses(run: RunCommand): Promise<number[]> {
  const { exitCode, stdout } = await run('/bin/ps', ['-axo', 'pid=,comm=']);
  if (exitCode !== 0) return [];
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(.*)$/.exec(line);
    return match?.[2]?.endsWith(`/${guestProgram}`) === true ? [Number(match[1])] : [];
  });
}
