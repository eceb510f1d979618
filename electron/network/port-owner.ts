import { readFile, readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import type { PortForward } from '../contract/machine.ts';
import { type RunCommand, runCommand } from '../host/command-runner.ts';
import { listeners, listenersOn } from './listeners.ts';

type Port = Pick<PortForward, 'protocol' | 'hostAddress' | 'hostPort'>;

/** Who has a port. */
export interface PortOwner {
  readonly pid: number;
  /** The program's name: "nginx". */
  readonly program: string;
  /** Name of the machine that it belongs to, if it is a guest's. */
  readonly machine?: string;
}

/** The program that has a port; undefined where the system does not tell this user. */
export function portOwner(port: Port, run: RunCommand = runCommand): Promise<PortOwner | undefined> {
  return process.platform === 'darwin' ? ownerOnMac(port, run) : ownerOnLinux(port);
}

async function ownerOnLinux(port: Port): Promise<PortOwner | undefined> {
  const inodes = new Set(listenersOn(await listeners(), port).map(({ inode }) => `socket:[${inode}]`));
  if (inodes.size === 0) return undefined;
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name) || !(await holds(name, inodes))) continue;
    const pid = Number(name);
    const program = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
    const machine = (await machineOf(pid)) ?? (await machineOf(await parentOf(pid)));
    return { pid, program, ...(machine === undefined ? {} : { machine }) };
  }
  return undefined;
}

/** Folders of other users' processes can't be read; those hold what they like. */
async function holds(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  for (const descriptor of await readdir(folder).catch(() => []))
    if (inodes.has(await readlink(path.join(folder, descriptor)).catch(() => ''))) return true;
  return false;
}

async function parentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1] ?? 0);
}

/** The process that runs a machine says in its arguments which; passt and QEMU are its children. */
async function machineOf(pid: number): Promise<string | undefined> {
  if (pid <= 1) return undefined;
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const args = text.split('\0').filter((argument) => argument !== '');
  const at = args.findIndex((argument) => /(?:^|\/)vm-host\.[jt]s$/.test(argument));
  const folder = at === -1 ? undefined : args[at + 1];
  return folder === undefined ? undefined : path.basename(folder);
}

async function ownerOnMac({ protocol, hostPort }: Port, run: RunCommand): Promise<PortOwner | undefined> {
  const what = protocol === 'tcp' ? ['-iTCP:' + String(hostPort), '-sTCP:LISTEN'] : ['-iUDP:' + String(hostPort)];
  const { stdout } = await run('/usr/sbin/lsof', ['-nP', ...what, '-Fpc'], { timeoutMs: 5000 });
  return parseLsof(stdout);
}

/** What `lsof -Fpc` prints: `p` and the process, `c` and its name, a line each. The first is told. */
function parseLsof(text: string): PortOwner | undefined {
  const pid = /^p(\d+)$/m.exec(text)?.[1];
  const program = /^c(.+)$/m.exec(text)?.[1];
  return pid === undefined || program === undefined ? undefined : { pid: Number(pid), program };
}
