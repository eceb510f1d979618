import { stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../../contract/errors.ts';
import type { Plan } from '../plan.ts';
import type { PlannedShare } from '../../shared/plan-options.ts';
import { findProgram, helpOf } from '../../../host/programs.ts';
import type { QemuSetup } from '../setup.ts';
import { appears } from './appears.ts';
import { openLog } from './log-file.ts';
import { startOwned } from './processes.ts';

type ShareSetup = QemuSetup['shares'][number];

/** Where QEMU's packages and the newer daemon's put it; no PATH leads there. */
const daemonPlaces = ['/usr/libexec', '/usr/lib/qemu', '/usr/lib', '/usr/lib/virtiofsd'];

/** A virtiofs daemon and what it can do. */
interface Daemon {
  program: string;
  /** The one written in Rust, which an ordinary user may run; QEMU's older one needs root. */
  modern: boolean;
  /** How it shares without letting the guest write: by itself, or over a mount that it can't write to. */
  readOnly: 'option' | 'mount' | undefined;
}

/**
 * Runs a program that sees one folder, its first argument, read-only. The mount is its own: nobody else sees it, and it
 * goes when the program does.
 */
const readOnlyMount = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"';

/**
 * Makes the plan's folders ready to be mounted: by virtiofs where a daemon for it can be started, else by 9p.
 * @throws AppError `file-not-found` for a folder that is none
 */
export async function bringUpShares(
  plan: Plan,
  runFolder: string,
  stack: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<ShareSetup[]> {
  const daemon = plan.shares.length === 0 ? undefined : await findDaemon();
  const shares: ShareSetup[] = [];
  for (const [index, share] of plan.shares.entries()) {
    await checkFolder(share);
    shares.push(await bringUp({ share, index, daemon, runFolder, stack, signal }));
  }
  return shares;
}

interface ShareRequest {
  readonly share: PlannedShare;
  /** Among the machine's shares. */
  readonly index: number;
  readonly daemon: Daemon | undefined;
  readonly runFolder: string;
  readonly stack: AsyncDisposableStack;
  readonly signal: AbortSignal;
}

async function checkFolder(share: PlannedShare): Promise<void> {
  const status = await stat(share.path).catch(() => undefined);
  if (status?.isDirectory() === true) return;
  throw new AppError(
    'file-not-found',
    `The shared folder ${share.path} ${status ? 'is not a folder' : 'is missing'}.`,
    {
      hint: `Take “${share.tag}” off the machine's shared folders, or choose another folder.`,
    },
  );
}

async function bringUp({ share, index, daemon, runFolder, stack, signal }: ShareRequest): Promise<ShareSetup> {
  const plain: ShareSetup = { by: '9p' };
  if (daemon === undefined || (share.readOnly && daemon.readOnly === undefined)) return plain;
  // QEMU's older daemon holds a lock on the socket's name, without its folder, for the whole computer.
  const socket = `share${index}-${path.basename(runFolder)}.sock`;
  const log = stack.use(await openLog(path.join(runFolder, `share${index}.log`)));
  const { program, args } = daemonCommand(daemon, share, socket);
  const process = await startOwned(program, args, { cwd: runFolder, output: log.handle });
  stack.defer(() => process.kill());
  return (await appears(path.join(runFolder, socket), process, signal)) ? { by: 'virtiofs', socket } : plain;
}

async function findDaemon(): Promise<Daemon | undefined> {
  const program = await findProgram('virtiofsd', daemonPlaces);
  if (program === undefined) return undefined;
  const help = await helpOf(program);
  const modern = help.includes('--shared-dir');
  if (!modern && process.getuid?.() !== 0) return undefined;
  if (help.includes('--readonly')) return { program, modern, readOnly: 'option' };
  const mayMount = process.getuid?.() === 0 && (await findProgram('unshare', ['/usr/bin', '/bin'])) !== undefined;
  return { program, modern, readOnly: mayMount ? 'mount' : undefined };
}

function daemonCommand(daemon: Daemon, share: PlannedShare, socket: string): { program: string; args: string[] } {
  const args = daemonArguments(daemon, share, socket);
  if (!share.readOnly || daemon.readOnly !== 'mount') return { program: daemon.program, args };
  return {
    program: 'unshare',
    args: ['--mount', '--', 'sh', '-c', readOnlyMount, 'sh', share.path, daemon.program, ...args],
  };
}

function daemonArguments(daemon: Daemon, share: PlannedShare, socket: string): string[] {
  if (daemon.modern) {
    const readOnly = share.readOnly && daemon.readOnly === 'option' ? ['--readonly'] : [];
    return [`--socket-path=${socket}`, '--shared-dir', share.path, ...readOnly];
  }
  // The older daemon splits its options at commas and lets a backslash keep one.
  const source = `source=${share.path.replaceAll(/[\\,]/g, (c) => `\\${c}`)}`;
  // Run by root, it would make real device nodes for a guest.
  return [`--socket-path=${socket}`, '-o', source, '-o', 'modcaps=-mknod'];
}
