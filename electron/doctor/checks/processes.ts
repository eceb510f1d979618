import { readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import { readRunning } from '../../hypervisor/shared/run-folder.ts';
import { type Check, type Repair, type Finding, type CheckContext, onlyOnMac, passed } from '../check.ts';
import { count, listed } from '../words.ts';

/** Apple's licence and the kernel allow so many macOS guests at a time. */
const macSlots = 2;

/** Guests whose machine is gone: they hold memory, a disk, and on a Mac one of the two slots. */
export const strayProcesses: Check = {
  id: 'stray-processes',
  title: 'Stray processes',
  async look(surroundings) {
    return surroundings.platform === 'darwin' ? await strayOnMac(surroundings) : await strayOnLinux(surroundings);
  },
};

async function strayOnLinux({ runtimeFolder }: CheckContext): Promise<Finding> {
  const names = await readdir(runtimeFolder).catch((): string[] => []);
  const strays: { pid: number; folder: string }[] = [];
  for (const name of names) {
    const folder = path.join(runtimeFolder, name);
    const running = await readRunning(folder);
    if (running !== undefined && !isAlive(running.hostPid) && (await worksIn(running.qemuPid, folder)))
      strays.push({ pid: running.qemuPid, folder });
  }
  const lookedAt = `Followed ${count(names.length, 'run')} in ${runtimeFolder} to their processes.`;
  if (strays.length === 0) return passed('No guest without its machine', lookedAt);
  return {
    state: 'failed',
    summary: `${count(strays.length, 'guest')} still run${strays.length === 1 ? 's' : ''} though what held its machine was killed: a second one on the same disk would destroy it.`,
    lookedAt,
    details: listed(strays.map(({ pid, folder }) => `process ${pid} in ${folder}`)),
    cures: [endCure(strays)],
  };
}

function endCure(strays: readonly { pid: number; folder: string }[]): Repair {
  return {
    id: 'end-strays',
    title: `End ${count(strays.length, 'Process', 'Processes')}…`,
    kind: 'ask',
    says: 'What these guests have not written to their disks is lost, as with a power cut.',
    // The pid may be another program's by now; only a guest of ours works in its run folder.
    apply: async () => {
      for (const { pid, folder } of strays) if (await worksIn(pid, folder)) process.kill(pid, 'SIGKILL');
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return false;
  }
}

async function worksIn(pid: number, folder: string): Promise<boolean> {
  return (await readlink(`/proc/${pid}/cwd`).catch(() => undefined)) === folder;
}

/** Each guest of Virtualization.framework runs in an XPC process of this name, no matter who started it. */
const vzProcess = 'com.apple.Virtualization.VirtualMachine';

async function strayOnMac({ run, library }: CheckContext): Promise<Finding> {
  const { stdout } = await run('/bin/ps', ['-axo', 'pid=,comm=']);
  const processes = vzProcesses(stdout);
  const running = (await library.list()).filter((entry) => entry.kind === 'machine' && entry.lockPid !== undefined);
  const lookedAt = `Counted ${count(processes.length, 'process', 'processes')} of Virtualization.framework and ${count(running.length, 'running machine')} of this home.`;
  if (processes.length <= running.length) return passed('No guest without its machine', lookedAt);
  return {
    state: 'attention',
    summary: `${count(processes.length - running.length, 'guest')} more than this home knows: of another home or program, or left of one that was killed. If macOS, each takes one of the ${macSlots} slots.`,
    lookedAt,
    details: listed(processes.map((pid) => `process ${pid}`)),
  };
}

export function vzProcesses(printed: string): number[] {
  return printed.split('\n').flatMap((line) => {
    const [, pid, program] = /^\s*(\d+)\s+(.+)$/.exec(line) ?? [];
    return pid !== undefined && program?.endsWith(vzProcess) === true ? [Number(pid)] : [];
  });
}

/** How many of the two macOS guests are in use, and by whom. */
export const macOsSlots: Check = {
  id: 'macos-slots',
  title: 'macOS slots',
  async look({ platform, library }) {
    if (platform !== 'darwin') return onlyOnMac;
    const entries = await library.list();
    const names = entries.flatMap((entry) =>
      entry.kind === 'machine' && entry.config.os === 'darwin' && entry.lockPid !== undefined ? [entry.name] : [],
    );
    return judgeSlots(names);
  },
};

export function judgeSlots(running: readonly string[]): Finding {
  const lookedAt = 'Asked for the locks of the macOS machines of this home.';
  const by = running.length === 0 ? '' : `, by ${running.join(' and ')}`;
  if (running.length < macSlots) return passed(`${running.length} of ${macSlots} in use${by}`, lookedAt);
  return {
    state: 'attention',
    summary: `Both slots are in use${by}: macOS starts no third macOS guest. Suspend or shut one down first.`,
    lookedAt,
    cures: [{ id: 'running', title: 'Show Running', kind: 'place', place: 'running' }],
  };
}
