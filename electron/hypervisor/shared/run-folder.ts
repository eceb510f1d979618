import { createHash } from 'node:crypto';
import { chmod, mkdir, readlink, rm } from 'node:fs/promises';
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { passtFolderPrefix } from '../../network/passt.ts';
import { readBounded } from '../../files/bounded-file.ts';
import { parseBoundedJson } from '../../files/bounded-json.ts';
import { replaceFile } from '../../files/replace-file.ts';

/** Files in the private folder that a running machine has beside its VM's. */
export const runFiles = {
  /** Where apps attach. */
  hostSocket: 'host.sock',
  /** There from the start of a run to its proper end. */
  running: 'running.json',
  hostLog: 'host.log',
} as const;

const runningSchema = z.object({
  hostPid: z.number(),
  qemuPid: z.number(),
  since: z.iso.datetime(),
  /** Folders elsewhere that go with the run. */
  folders: z.array(z.string()),
});
export type Running = z.infer<typeof runningSchema>;

/** The run folder of a VM: a short path whatever the VM's name, the same for everyone who asks. */
export function runFolderOf(runtimeFolder: string, vmFolder: string): string {
  const identity = createHash('sha256').update(realPath(vmFolder)).digest('hex').slice(0, 16);
  return path.join(runtimeFolder, identity);
}

/** The same VM has one run folder, also through a link; one that is gone has the name that it had. */
function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch (error) {
    return path.resolve(folder);
  }
}

/** Makes the folder; nobody but this user may look into it. */
export async function makeRunFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
}

/** What the last run left, if it did not end properly or still goes on. */
export async function readRunning(folder: string): Promise<Running | undefined> {
  try {
    return runningSchema.parse(parseBoundedJson((await readBounded(path.join(folder, runFiles.running))).toString()));
  } catch (error) {
    return undefined;
  }
}

export async function writeRunning(folder: string, running: Running): Promise<void> {
  const file = path.join(folder, runFiles.running);
  await replaceFile(file, JSON.stringify(running));
}

export async function forgetRunning(folder: string): Promise<void> {
  await rm(path.join(folder, runFiles.running), { force: true });
}

/**
 * Clears away what a run left whose host process was killed. Its QEMU dies with it where the system can see to that; here
 * is for where it can't. The caller holds the VM's lock, so no host of it lives.
 */
export async function cleanUpAfterKill(folder: string): Promise<void> {
  const left = await readRunning(folder);
  if (left === undefined) return;
  await killOrphan(left.qemuPid, folder);
  for (const leftover of left.folders)
    if (path.basename(leftover).startsWith(passtFolderPrefix)) await rm(leftover, { recursive: true, force: true });
  await forgetRunning(folder);
}

async function killOrphan(pid: number, folder: string): Promise<void> {
  while ((await workingFolderOf(pid)) === realPath(folder)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      return;
    }
    await delay(5);
  }
}

/** The pid may long be another program's; only our QEMU works in the run folder. */
async function workingFolderOf(pid: number): Promise<string | undefined> {
  return readlink(`/proc/${pid}/cwd`).catch(() => undefined);
}
