import { existsSync } from 'node:fs';
import { chmod, lstat, mkdir } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';

const isMac = process.platform === 'darwin';

function fromEnvironment(name: string): string | undefined {
  const value = process.env[name];
  return value === undefined || value === '' ? undefined : path.resolve(value);
}

/** Not by name: in a container the user may have none. */
function ownUid(): number {
  return process.getuid?.() ?? 0;
}

/** Where the VMs live: `TART_HOME`, or `~/.tart` as Tart has it. */
export function homePath(): string {
  return fromEnvironment('TART_HOME') ?? path.join(homedir(), '.tart');
}

/** What must outlive a restart and is not a VM: the journal of jobs, the log. */
export function stateFolder(): string {
  const chosen = fromEnvironment('TATIN_STATE');
  if (chosen !== undefined) return chosen;
  if (isMac) return path.join(homedir(), 'Library/Application Support/Tatin');
  return path.join(fromEnvironment('XDG_STATE_HOME') ?? path.join(homedir(), '.local/state'), 'tatin');
}

/** What can be made again: the demo guest, results of probes. */
export function cacheFolder(): string {
  const chosen = fromEnvironment('TATIN_CACHE');
  if (chosen !== undefined) return chosen;
  if (isMac) return path.join(homedir(), 'Library/Caches/Tatin');
  return path.join(fromEnvironment('XDG_CACHE_HOME') ?? path.join(homedir(), '.cache'), 'tatin');
}

/** Where the sockets of running guests are. Short, since a socket's address has 104 bytes at most. */
export function runtimeFolder(): string {
  const chosen = fromEnvironment('TATIN_RUNTIME');
  if (chosen !== undefined) return chosen;
  const session = fromEnvironment('XDG_RUNTIME_DIR');
  if (session !== undefined) return path.join(session, 'tatin');
  return path.join(isMac ? tmpdir() : '/tmp', `tatin-${ownUid()}`);
}

/**
 * Makes a folder that only this user can enter, or makes sure that it is one: whoever can open a guest's sockets owns
 * the guest.
 * @throws AppError `not-allowed` if it belongs to somebody else or is a link
 */
export async function preparePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const status = await lstat(folder);
  if (!status.isDirectory() || status.uid !== ownUid())
    throw new AppError('not-allowed', `${folder} belongs to another user, so it can't hold the sockets of guests.`, {
      hint: 'Remove it, or name another folder in TATIN_RUNTIME.',
    });
  if ((status.mode & 0o077) !== 0) await chmod(folder, 0o700);
}

/** The folder that holds package.json, from a source file as well as from a bundle. */
export function projectRoot(): string {
  for (let folder = import.meta.dirname; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'package.json'))) return folder;
    if (folder === path.dirname(folder)) return import.meta.dirname;
  }
}
