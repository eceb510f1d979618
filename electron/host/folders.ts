import { homedir, tmpdir } from 'node:os';
import path from 'node:path';

const isMac = process.platform === 'darwin';

function fromEnvironment(name: string): string | undefined {
  const value = process.env[name];
  return value === undefined || value === '' ? undefined : path.resolve(value);
}

/** Not by name: in a container the user may have none. */
export function ownUid(): number {
  return process.getuid?.() ?? 0;
}

/** Whether the environment names the home, which no setting can change then. */
export function isHomeFromEnvironment(): boolean {
  return (process.env.TART_HOME ?? '') !== '';
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
 * Where Node keeps our code compiled, so that the next start is quicker. Node's own default is a folder that every user
 * of the computer can make files in, and the maker of the first owns what runs.
 */
export function compiledFolder(): string {
  return path.join(cacheFolder(), 'compiled');
}
