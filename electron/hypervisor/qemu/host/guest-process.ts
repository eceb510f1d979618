import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { type Server, type Socket, createServer } from 'node:net';
import path from 'node:path';
import { tatinFiles } from '../../../library/layout.ts';
import { listenUnix } from '../../../network/unix-sockets.ts';
import type { Plan } from '../plan.ts';
import { commandLine, sockets } from '../command-line.ts';
import { Qmp } from '../qmp.ts';
import type { QemuSetup } from '../setup.ts';
import { startFailure, tailOf } from './failures.ts';
import { openLog } from './log-file.ts';
import { type Ending, startOwned } from './processes.ts';

/** A QEMU that answers, and the host's ends of the guest's ports. */
export interface GuestProcess {
  readonly pid: number;
  readonly qmp: Qmp;
  readonly serial: Socket;
  readonly agent: Socket;
  readonly ended: Promise<Ending>;
  kill(): Promise<void>;
  /** The last that QEMU printed. */
  output(): Promise<string>;
}

interface Launch {
  plan: Plan;
  setup: QemuSetup;
  binary: string;
  /** The VM's own, where qemu.log goes. */
  folder: string;
  runFolder: string;
}

/** QEMU connects within milliseconds; a host that needs longer than this does not run guests. */
const connectLimitMs = 60_000;

/**
 * Starts QEMU and resolves when it takes commands. It connects to us for QMP, the serial port and the agent, so that not
 * one byte of theirs is lost.
 * @throws AppError with the reason that QEMU gave
 */
export async function startQemu(
  launch: Launch,
  stack: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<GuestProcess> {
  const { plan, setup, binary, folder, runFolder } = launch;
  await using listening = new AsyncDisposableStack();
  const [qmpServer, serialServer, agentServer] = await Promise.all(
    [sockets.qmp, sockets.serial, sockets.agent].map((name) => listen(path.join(runFolder, name), listening)),
  );
  if (qmpServer === undefined || serialServer === undefined || agentServer === undefined) throw new Error('no server');
  await rm(path.join(runFolder, sockets.vnc), { force: true });
  const log = stack.use(await openLog(path.join(folder, tatinFiles.qemuLog)));
  const connections = [qmpServer, serialServer, agentServer].map((server) => accepted(server));
  const args = [...commandLine(plan, setup), ...debugArguments()];
  const qemu = await startOwned(binary, args, { cwd: runFolder, output: log.handle });
  stack.defer(() => rm(path.join(runFolder, sockets.monitor), { force: true }));
  stack.defer(() => qemu.kill());
  const failed = qemu.ended.then(async (ending) => {
    throw startFailure(plan, ending, await tailOf(log.path));
  });
  const [qmpSocket, serial, agent] = await firstOf(Promise.all(connections), failed, signal);
  if (qmpSocket === undefined || serial === undefined || agent === undefined) throw new Error('no connection');
  const qmp = await firstOf(Qmp.over(qmpSocket), failed, signal);
  failed.catch(() => undefined);
  return {
    pid: qemu.pid,
    qmp,
    serial,
    agent,
    ended: qemu.ended,
    kill: () => qemu.kill(),
    output: () => tailOf(log.path),
  };
}

/** With TATIN_DEBUG a developer can give commands to QEMU beside its host. */
function debugArguments(): string[] {
  return process.env.TATIN_DEBUG === undefined ? [] : ['-qmp', `unix:${sockets.monitor},server=on,wait=off`];
}

async function listen(socketPath: string, stack: AsyncDisposableStack): Promise<Server> {
  const server = createServer({ pauseOnConnect: true });
  stack.defer(async () => {
    // The connections that were taken stay open; `close` only ends the listening and removes the socket's file.
    server.close();
    await rm(socketPath, { force: true });
  });
  await listenUnix(server, socketPath);
  return server;
}

async function accepted(server: Server): Promise<Socket> {
  // Node gives `connection` one argument, a socket; `once` can't know.
  const [socket] = (await once(server, 'connection')) as [Socket];
  socket.on('error', () => socket.destroy());
  return socket;
}

/** What comes first; if QEMU ends, its reason wins over whatever its end made fail. */
async function firstOf<T>(wanted: Promise<T>, failed: Promise<never>, signal: AbortSignal): Promise<T> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(connectLimitMs)]);
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(limited.reason instanceof Error ? limited.reason : new Error('aborted'));
  limited.addEventListener('abort', onAbort);
  if (limited.aborted) onAbort();
  const orReason = wanted.catch(() => failed);
  try {
    return await Promise.race([orReason, failed, aborted.promise]);
  } finally {
    limited.removeEventListener('abort', onAbort);
  }
}
