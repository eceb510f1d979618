import { readdirSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { RunCommand } from '../../host/command-runner.ts';
import { parseConfig } from '../../library/config.ts';
import { tartFiles } from '../../library/layout.ts';
import { readConfigText } from '../../files/locks.ts';

/** Apple's licence allows two macOS guests at a time on one Mac, and the framework holds everyone to it. */
export const maxMacGuests = 2;

/** The program that macOS runs each guest of the framework in, no matter who started it. */
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
  if (names.length >= maxMacGuests) throw limitReached(names);
}

/** A process that macOS runs a guest in. */
export interface GuestProcess {
  readonly pid: number;
  /** Its program, without the folder. */
  readonly program: string;
  /** What it has open of a machine, which tells whose it is; empty where that can't be seen. */
  readonly files: readonly string[];
}

/**
 * The error for a Mac that runs as many macOS guests as it may. Where not all of them are in this home, `strays`, the
 * processes of guests as {@link guestProcesses} finds them, are listed too.
 */
export function limitReached(names: readonly string[], strays: readonly GuestProcess[] = []): AppError {
  const known = names.map((name) => `“${name}”`).join(' and ');
  const message =
    names.length === 0
      ? 'This Mac runs as many macOS guests as macOS allows (two), and none of them is in this library.'
      : `This Mac can run two macOS guests at once, and ${known} ${names.length === 1 ? 'is one that runs' : 'run'}.`;
  const own = 'Suspend or shut down one of them.';
  const others =
    'End the other programs that run guests. If there are none, restart this Mac: macOS may have miscounted.';
  return new AppError('machine-limit', message, {
    hint: names.length >= maxMacGuests ? own : others,
    details: strays.length === 0 ? undefined : ['Processes of guests:', ...strays.map(processLine)].join('\n'),
    retry: true,
  });
}

function processLine({ pid, program, files }: GuestProcess): string {
  return [`${pid} ${program}`, ...files.map((file) => `    has ${file} open`)].join('\n');
}

/** The processes that macOS runs guests in, macOS guests and others; empty if they can't be listed. */
export async function guestProcesses(run: RunCommand): Promise<GuestProcess[]> {
  const { exitCode, stdout } = await run('/bin/ps', ['-axo', 'pid=,comm=']);
  if (exitCode !== 0) return [];
  const pids = stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(.*)$/.exec(line);
    return match?.[2]?.endsWith(`/${guestProgram}`) === true ? [Number(match[1])] : [];
  });
  const files = pids.length === 0 ? new Map<number, string[]>() : await openFiles(run, pids);
  return pids.map((pid) => ({ pid, program: guestProgram, files: files.get(pid) ?? [] }));
}

/** What a machine is made of, wherever its program keeps it; not what the system itself has open. */
const ofMachine = /\.(img|asif|raw|dmg|iso|bin)$/i;
const ofSystem = /^\/(System|Library|usr|private\/var)\//;

/** `lsof` writes a line for each process and one for each file, named by their first letter (lsof(8), OUTPUT FOR OTHER PROGRAMS). */
async function openFiles(run: RunCommand, pids: readonly number[]): Promise<Map<number, string[]>> {
  const { stdout } = await run('/usr/sbin/lsof', ['-n', '-P', '-F', 'pn', '-p', pids.join(',')]);
  const found = new Map<number, string[]>();
  let files: string[] = [];
  for (const line of stdout.split('\n')) {
    const rest = line.slice(1);
    if (line.startsWith('p')) found.set(Number(rest), (files = []));
    else if (line.startsWith('n') && ofMachine.test(rest) && !ofSystem.test(rest) && !files.includes(rest))
      files.push(rest);
  }
  return found;
}
