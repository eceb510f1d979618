import { lstat, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { hasCode } from '../../files/error-codes.ts';
import { FolderLock } from '../../files/locks.ts';
import { tartFiles } from '../../library/layout.ts';
import { type Check, type Finding, type CheckContext, passed } from '../check.ts';
import { diskText } from '../../contract/words/sizes.ts';
import { count, listed } from '../words.ts';

/** Folders in `vms/` that no program can use. */
export const unreadableMachines: Check = {
  id: 'unreadable-machines',
  title: 'Machines',
  async look({ library }) {
    const entries = await library.list();
    const broken = entries.flatMap((entry) => (entry.kind === 'unreadable' ? [`${entry.name}: ${entry.reason}`] : []));
    const lookedAt = `Read ${count(entries.length, 'folder')} in ${library.home.vms}.`;
    if (broken.length === 0) return passed(`${count(entries.length, 'machine')}, all can be read`, lookedAt);
    return {
      state: 'attention',
      summary: `${count(broken.length, 'folder')} can’t be used as a machine, and Tart does not list ${broken.length === 1 ? 'it' : 'them'} at all.`,
      lookedAt,
      details: listed(broken),
      cures: [{ id: 'show', title: 'Show Machines', kind: 'place', place: 'all' }],
    };
  },
};

/** What killed programs left in `tmp/`. Tart sweeps it with every command, we do with most. */
export const temporaryFiles: Check = {
  id: 'temporary-files',
  title: 'Temporary files',
  async look({ library }): Promise<Finding> {
    const names = await readdir(library.home.tmp).catch((): string[] => []);
    const left: { name: string; bytes: number }[] = [];
    for (const name of names) {
      const place = path.join(library.home.tmp, name);
      if (isLeft(place)) left.push({ name, bytes: await allocatedBytes(place) });
    }
    const lookedAt = `Tried the locks of ${count(names.length, 'entry', 'entries')} in ${library.home.tmp}.`;
    const bytes = left.reduce((sum, entry) => sum + entry.bytes, 0);
    if (left.length === 0) return passed(names.length === 0 ? 'None' : 'All belong to work in progress', lookedAt);
    return {
      state: 'attention',
      summary: `Interrupted work left ${diskText(bytes)}. An unfinished pull can be continued for a week.`,
      lookedAt,
      details: listed(left.map((entry) => `${entry.name}: ${diskText(entry.bytes)}`)),
      cures: [
        {
          id: 'sweep',
          title: 'Sweep',
          kind: 'safe',
          says: 'Keeps pulls that can be continued.',
          apply: () => library.sweep(),
        },
      ],
    };
  },
};

/** Whoever is at work on an entry holds its lock. */
function isLeft(place: string): boolean {
  try {
    using lock = FolderLock.tryAcquire(place);
    return lock !== undefined;
  } catch (error) {
    return false;
  }
}

async function allocatedBytes(place: string): Promise<number> {
  const status = await lstat(place).catch(() => undefined);
  if (status === undefined) return 0;
  if (!status.isDirectory()) return status.blocks * 512;
  const names = await readdir(place).catch((): string[] => []);
  const sizes = await Promise.all(names.map((name) => allocatedBytes(path.join(place, name))));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

/** Sockets of machines that do not run: a client that connects there waits for nobody. */
export const staleSockets: Check = {
  id: 'stale-sockets',
  title: 'Locks and sockets',
  async look({ library }: CheckContext): Promise<Finding> {
    const entries = await library.list();
    const machines = entries.flatMap((entry) => (entry.kind === 'machine' ? [entry] : []));
    const running = machines.filter(({ lockPid }) => lockPid !== undefined);
    const idle = machines.filter(({ lockPid }) => lockPid === undefined);
    const stale: string[] = [];
    for (const { folder } of idle) {
      const socket = path.join(folder, tartFiles.controlSocket);
      if ((await lstat(socket).catch(() => undefined))?.isSocket() === true) stale.push(socket);
    }
    const gone = running.filter(({ lockPid }) => lockPid !== undefined && lockPid > 0 && !isAlive(lockPid));
    const lookedAt = `Asked for ${count(machines.length, 'lock')}: ${running.length} held. Looked for control.sock in the rest.`;
    if (stale.length === 0 && gone.length === 0)
      return passed(`${count(machines.length, 'machine')}, no stale lock or socket`, lookedAt);
    return {
      state: 'attention',
      summary: `${count(stale.length + gone.length, 'machine')} left something of a run that is over: commands for the guest would wait for ever.`,
      lookedAt,
      details: listed([
        ...stale,
        ...gone.map(({ name, lockPid }) => `${name}: locked by process ${lockPid}, which is not here`),
      ]),
      cures: [
        {
          id: 'remove-sockets',
          title: `Remove ${count(stale.length, 'Socket')}`,
          kind: 'safe',
          apply: async () => {
            const now = await library.list();
            const free = new Set(
              now.flatMap((e) => (e.kind === 'machine' && e.lockPid === undefined ? [e.folder] : [])),
            );
            for (const socket of stale) if (free.has(path.dirname(socket))) await rm(socket, { force: true });
          },
        },
      ],
    };
  },
};

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is one all the same.
    return hasCode(error, 'EPERM');
  }
}
