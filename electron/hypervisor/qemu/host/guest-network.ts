import path from 'node:path';
import { AppError } from '../../../contract/errors.ts';
import { checkPortsFree } from '../../../network/ports.ts';
import { hostNameServers } from '../../../network/name-servers.ts';
import { guestNames, passtArguments, passtSocketFolder } from '../../../network/passt.ts';
import type { Plan } from '../../plan.ts';
import { guestNetwork } from '../command-line.ts';
import { type Installation, atLeast } from '../installation.ts';
import { findProgram, helpOf } from '../programs.ts';
import type { QemuSetup } from '../setup.ts';
import { appears } from './appears.ts';
import { tailOf } from './failures.ts';
import { type Log, openLog } from './log-file.ts';
import { startOwned } from './processes.ts';

/** The guest's way out, and what the user should know about it. */
export interface GuestNetwork {
  readonly by: QemuSetup['network'];
  readonly warning: string | undefined;
  /** Folders outside the run folder that go with it. */
  readonly folders: readonly string[];
  /** Resolves if the network ends before the guest does. */
  readonly ended: Promise<void>;
}

const never = new Promise<never>(() => undefined);

/**
 * Brings up the network of a plan: passt where it is, else QEMU's own.
 * @throws AppError `port-taken`
 */
export async function bringUpNetwork(
  plan: Plan,
  installation: Installation,
  runFolder: string,
  stack: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<GuestNetwork> {
  if (plan.network.kind === 'none') return { by: { by: 'none' }, warning: undefined, folders: [], ended: never };
  await checkPortsFree(plan.network.forwards);
  // QEMU's own network, told to let nothing out, is closed to the host as well.
  if (plan.network.kind === 'isolated') return { by: { by: 'user' }, warning: undefined, folders: [], ended: never };
  const passt = await findProgram('passt');
  const reason = passt === undefined ? 'passt is not installed' : 'this QEMU is older than 7.2';
  if (passt === undefined || !atLeast(installation, 7, 2)) return openNetwork(reason);
  const started = await startPasst(passt, plan, runFolder, stack, signal);
  if (started === undefined) return openNetwork('passt did not start');
  const warning = started.names ? undefined : noNames;
  return {
    by: { by: 'passt', socket: started.socket },
    warning,
    folders: [path.dirname(started.socket)],
    ended: started.ended,
  };
}

const noNames =
  "The guest has no name server: this computer's own listens only for itself. Set one inside the guest, or install a " +
  'newer passt.';

function openNetwork(reason: string): GuestNetwork {
  const warning =
    `The guest can reach services that listen only on this computer's own address 127.0.0.1, because ${reason}. ` +
    'Install passt to close that.';
  return { by: { by: 'user' }, warning, folders: [], ended: never };
}

async function startPasst(
  program: string,
  plan: Plan,
  runFolder: string,
  stack: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<{ socket: string; ended: Promise<void>; names: boolean } | undefined> {
  const forwards = plan.network.kind === 'none' ? [] : plan.network.forwards;
  const socket = path.join(stack.use(await passtSocketFolder(runFolder)).path, 'passt.sock');
  const log = stack.use(await openLog(path.join(runFolder, 'passt.log')));
  const canForward = (await helpOf(program)).includes('--dns-host');
  const names = guestNames(guestNetwork, await hostNameServers(), canForward);
  const passt = await startOwned(program, passtArguments(socket, guestNetwork, names, forwards), {
    cwd: runFolder,
    output: log.handle,
  });
  stack.defer(() => passt.kill());
  if (await appears(socket, passt, signal))
    return { socket, ended: passt.ended.then(() => undefined), names: names.works };
  await refusedPort(log);
  return undefined;
}

/** Somebody may have taken a port since it was looked at. */
async function refusedPort(log: Log): Promise<void> {
  const said = await tailOf(log.path);
  if (!/failed to (?:bind|listen)|couldn't (?:bind|listen)/i.test(said)) return;
  throw new AppError('port-taken', 'A port that should lead into the guest is used by another program.', {
    hint: 'Choose another port for the forward, or end the program that uses this one.',
    details: said,
    retry: true,
  });
}
