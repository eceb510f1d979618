import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { MachineState } from '../../../contract/machine.ts';
import type { VmEvent } from '../../../contract/vm-events.ts';
import { serveControlSocket } from '../../../guest/control-server.ts';
import { QemuAgent } from '../../../guest/qemu-agent.ts';
import {
  closeGuestFile,
  execInGuest,
  guestAddress,
  openGuestFile,
  pingGuest,
  writeGuestFile,
} from '../../../guest/qemu-guest.ts';
import { tartFiles, tatinFiles } from '../../../library/layout.ts';
import { noteEvent } from '../../../library/vm-events.ts';
import { guestNetworkOf } from '../../../network/guest-subnet.ts';
import type { Plan } from '../plan.ts';
import { sockets } from '../command-line.ts';
import { guestFinder } from './guest-finder.ts';
import type { JoinedNetwork } from './guest-network.ts';
import { forgetFailure, keepFailure } from '../../shared/last-run.ts';
import {
  forgetRunning,
  cleanUpAfterKill,
  makeRunFolder,
  runFiles,
  runFolderOf,
  writeRunning,
} from '../../shared/run-folder.ts';
import { recoverSaved } from '../saved-state.ts';
import type { HostRequest } from '../wire.ts';
import { AttachServer, type Handlers } from './attach-server.ts';
import { claimVm } from '../../shared/claim.ts';
import { type GuestProcess, startQemu } from './guest-process.ts';
import { type Prepared, prepare } from './prepare.ts';
import { QemuEngine } from './qemu-engine.ts';
import { MachineLife } from '../../shared/machine-life.ts';
import { SerialHub } from '../../shared/serial-hub.ts';
import { States, now } from '../../shared/states.ts';
import { diskCounters, networkCounters, UsageRecorder } from './usage-recorder.ts';

/** Who started the run. */
export interface Starter {
  /** Calls the start off. Once the guest runs, the machine is asked to stop instead. */
  readonly signal: AbortSignal;
  /** The guest's CPUs run. */
  readonly running: (machine: MachineLife) => void;
}

/**
 * Runs a VM from the lock to the end: resolves with the state that it leaves, when everything is closed and the lock
 * free again.
 * @throws AppError if the guest could not be started
 */
export async function runMachine(request: HostRequest, starter: Starter): Promise<MachineState> {
  const { folder } = request;
  const runFolder = runFolderOf(request.runtimeFolder, folder);
  await makeRunFolder(runFolder);
  const states = new States({ phase: 'starting', since: now() });
  const attached = Promise.withResolvers<AttachServer>();
  const listen = async () => {
    attached.resolve(
      await AttachServer.listen({ socketPath: path.join(runFolder, runFiles.hostSocket), folder, states }),
    );
  };
  const { lock, config } = await claimVm(folder, listen, starter.signal);
  const attach = await attached.promise;
  let last: MachineState | undefined;
  try {
    await cleanUpAfterKill(runFolder);
    await recoverSaved(folder);
    await using stack = new AsyncDisposableStack();
    const prepared = await prepare(request, config, runFolder, stack, starter.signal);
    last = await runPrepared({ request, runFolder, states, attach, prepared, stack }, starter);
    if (last.phase === 'failed') await keepFailure(folder, last.error);
    return last;
  } finally {
    last ??= await stateAtRest(folder);
    await forgetRunning(runFolder);
    await rm(path.join(runFolder, sockets.vnc), { force: true });
    attach.stopListening();
    // A client that hears of the end may start the machine again at once, so the lock is released first.
    lock.release();
    states.become(last);
    await attach.close();
  }
}

interface Run {
  request: HostRequest;
  runFolder: string;
  states: States;
  attach: AttachServer;
  prepared: Prepared;
  stack: AsyncDisposableStack;
}

/** A guest whose CPUs run, and what leads to it. */
interface StartedGuest {
  readonly qemu: GuestProcess;
  readonly serial: SerialHub;
  readonly agent: QemuAgent;
  readonly engine: QemuEngine;
  readonly life: MachineLife;
  readonly network: JoinedNetwork;
}

async function startGuest(run: Run, signal: AbortSignal): Promise<StartedGuest> {
  const { request, runFolder, states, prepared, stack } = run;
  const { folder } = request;
  const { plan, setup, installation } = prepared;
  const launch = { plan, setup, binary: installation.binary, folder, runFolder };
  const qemu = await startQemu(launch, stack, signal);
  await writeRunning(runFolder, { hostPid: process.pid, qemuPid: qemu.pid, since: now(), folders: [] });
  const serial = stack.use(new SerialHub(path.join(folder, tatinFiles.serialLog), setup.incoming));
  serial.connectGuest(qemu.serial);
  const agent = new QemuAgent(qemu.agent, false);
  const engine = stack.use(new QemuEngine({ qemu, agent, prepared, folder, runFolder }));
  const life = new MachineLife({ engine, states, pid: process.pid });
  if (prepared.network.warning !== undefined) life.warn(prepared.network.warning);
  const network = await prepared.network.join({ qmp: qemu.qmp, findGuest: guestFinder(agent, plan), stack });
  await life.start();
  return { qemu, serial, agent, engine, life, network };
}

async function runPrepared(run: Run, starter: Starter): Promise<MachineState> {
  const { request, states, prepared, stack } = run;
  const { folder } = request;
  const { plan, setup } = prepared;
  const { qemu, serial, agent, engine, life, network } = await startGuest(run, starter.signal);
  starter.signal.throwIfAborted();
  await serveAgent(path.join(folder, tartFiles.controlSocket), agent, stack);
  await forgetFailure(folder);
  run.attach.serve({
    handlers: handlersOf(life, engine, agent, network),
    openSerial: (socket) => serial.addClient(socket),
    userNetworkAddress: userNetworkAddress(plan),
  });
  // From here to `running` nothing waits: later the start is not called off, but the machine is asked to stop.
  starter.signal.throwIfAborted();
  life.markRunning();
  void network.ended
    // It ends with QEMU too, and that is soon known.
    .then(() => delay(networkGraceMs))
    .then(() => life.warn("The guest's network has ended, because its program passt was killed. Restart the machine."));
  starter.running(life);
  await noteEvent(folder, beginEvent(setup.incoming, prepared.network.warning));
  stack.defer(noteHeld(folder, states));
  await using _usage = await recordUsage(run, engine, qemu, agent);
  const last = await life.ended;
  await noteEvent(folder, endEvent(last, life.endedBy));
  return last;
}

/** Numbers of its disks and its network are asked for while its CPUs run: else nothing would answer. */
function recordUsage(
  { request, states }: Run,
  engine: QemuEngine,
  qemu: GuestProcess,
  agent: QemuAgent,
): Promise<UsageRecorder | undefined> {
  const isRunning = (): boolean => states.current.phase === 'running';
  return UsageRecorder.begin(request.folder, {
    usage: () => engine.usage(),
    disks: () => diskCounters(qemu.qmp),
    network: async () => (isRunning() ? await networkCounters(agent) : undefined),
  });
}

/** Writes down that a guest stands still because of its disk, for a later look. */
function noteHeld(folder: string, states: States): () => void {
  return states.onChange((state) => {
    if (state.phase !== 'paused' || state.error === undefined) return;
    void noteEvent(folder, { kind: 'held', reason: state.error.message });
  });
}

function beginEvent(wasSaved: boolean, warning: string | undefined): Omit<VmEvent, 'at'> {
  return { kind: wasSaved ? 'resumed' : 'started', ...(warning === undefined ? {} : { reason: warning }) };
}

function endEvent(last: MachineState, by: 'guest' | 'user'): Omit<VmEvent, 'at'> {
  if (last.phase === 'failed') return { kind: 'failed', reason: last.error.message };
  return last.phase === 'suspended' ? { kind: 'suspended' } : { kind: 'stopped', by };
}

async function serveAgent(socketPath: string, agent: QemuAgent, stack: AsyncDisposableStack): Promise<void> {
  stack.use(
    await serveControlSocket(socketPath, {
      exec: (command, signal) => execInGuest(agent, command, signal),
      address: (signal) => guestAddress(agent, signal),
    }),
  );
}

/** What the guest is told as its address, where a network of its own does that. */
function userNetworkAddress({ network }: Plan): string | undefined {
  return network.kind === 'nat' || network.kind === 'isolated' ? guestNetworkOf(network.subnet).address : undefined;
}

function handlersOf(life: MachineLife, engine: QemuEngine, agent: QemuAgent, network: JoinedNetwork): Handlers {
  let tail: Promise<unknown> = Promise.resolve();
  /** Two who change the forwards at once would each undo what the other did. */
  const inTurn = (work: () => Promise<void>): Promise<null> => {
    const turn = tail.then(work);
    tail = turn.catch(() => undefined);
    return turn.then(() => null);
  };
  const done = (work: () => Promise<void>) => async () => {
    await work();
    return null;
  };
  return {
    shutDown: done(() => life.shutDown()),
    forceStop: done(() => life.forceStop()),
    reset: done(() => life.reset()),
    pause: done(() => life.pause()),
    resume: done(() => life.resume()),
    suspend: done(() => life.suspend()),
    ping: done(() => pingGuest(agent, AbortSignal.timeout(pingLimitMs))),
    picture: async ({ maxWidth }) => {
      const picture = await engine.picture(maxWidth);
      return picture === undefined ? null : { ...picture, png: picture.png.toString('base64') };
    },
    usage: () => engine.usage(),
    portForwards: () => Promise.resolve([...network.forwards]),
    setPortForwards: ({ forwards }) => inTurn(() => network.setForwards(forwards)),
    openFile: ({ path: file }) => openGuestFile(agent, file, never),
    writeFile: async ({ file, data }) => {
      await writeGuestFile(agent, file, Buffer.from(data, 'base64'), never);
      return null;
    },
    closeFile: async ({ file }) => {
      await closeGuestFile(agent, file, never);
      return null;
    },
  };
}

/** What was begun is ended by its own time limit: half an exchange would cost the agent's next user one of its own. */
const never = new AbortController().signal;

const networkGraceMs = 1000;

/** An agent answers in milliseconds, one in an emulated guest under load in a second or two. */
const pingLimitMs = 10_000;

/** What a VM is that did not start: as it was. */
async function stateAtRest(folder: string): Promise<MachineState> {
  const saved = await stat(path.join(folder, tatinFiles.qemuSavedState)).catch(() => undefined);
  return saved === undefined ? { phase: 'stopped' } : { phase: 'suspended', since: saved.mtime.toISOString() };
}
