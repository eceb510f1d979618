import { once } from 'node:events';
import type { Socket } from 'node:net';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { AppError } from '../../contract/errors.ts';
import type { Address, MachineState, PortForward, Usage } from '../../contract/machine.ts';
import { isAlive } from '../../contract/verbs.ts';
import { ControlClient } from '../../guest/control-client.ts';
import { tartFiles } from '../../library/layout.ts';
import { connectUnix } from '../../network/unix-sockets.ts';
import type { Machine } from '../machine.ts';
import type { GuestAgent } from '../../guest/guest-agent.ts';
import { sockets } from './command-line.ts';
import { HostConnection } from './host-connection.ts';
import { runFiles } from '../shared/run-folder.ts';
import type { Handshake } from './wire.ts';

/** A machine whose host process is another one; see {@link Machine}. */
export class RemoteMachine implements Machine {
  readonly folder: string;
  readonly agent: GuestAgent;
  readonly #runFolder: string;
  readonly #conversation: HostConnection;

  private constructor(folder: string, runFolder: string, conversation: HostConnection) {
    this.folder = folder;
    this.#runFolder = runFolder;
    this.#conversation = conversation;
    this.agent = agentOf(folder, conversation);
  }

  /** The machine of this VM if a host process runs it, else undefined. */
  static async attach(folder: string, runFolder: string): Promise<RemoteMachine | undefined> {
    const socket = await tryConnect(path.join(runFolder, runFiles.hostSocket));
    if (socket === undefined) return undefined;
    open(socket, { open: 'control' });
    const conversation = await HostConnection.over(socket);
    return conversation === undefined ? undefined : new RemoteMachine(folder, runFolder, conversation);
  }

  get name(): string {
    return path.basename(this.folder);
  }

  get state(): MachineState {
    return this.#conversation.states.current;
  }

  onState(listener: (state: MachineState) => void): () => void {
    return this.#conversation.states.onChange(listener);
  }

  async shutDown(): Promise<void> {
    await this.#conversation.ask('shutDown', {});
  }

  async forceStop(): Promise<void> {
    await this.#askAndEnd('forceStop');
  }

  async reset(): Promise<void> {
    await this.#conversation.ask('reset', {});
  }

  async pause(): Promise<void> {
    await this.#conversation.ask('pause', {});
  }

  async resume(): Promise<void> {
    await this.#conversation.ask('resume', {});
  }

  async suspend(): Promise<void> {
    const { phase } = await this.#askAndEnd('suspend');
    if (phase !== 'suspended') throw new AppError('suspend-failed', 'The machine ended before its state was saved.');
  }

  async picture(maxWidth: number): Promise<{ png: Uint8Array; width: number; height: number } | undefined> {
    const picture = await this.#conversation.ask('picture', { maxWidth: Math.max(1, Math.floor(maxWidth)) });
    return picture === null ? undefined : { ...picture, png: Buffer.from(picture.png, 'base64') };
  }

  async openConsole(): Promise<Duplex> {
    return this.#open(sockets.vnc);
  }

  async openSerial(): Promise<Duplex> {
    const socket = await this.#open(runFiles.hostSocket);
    open(socket, { open: 'serial' });
    return socket;
  }

  usage(): Promise<Usage[]> {
    return this.#conversation.ask('usage', {});
  }

  portForwards(): Promise<PortForward[]> {
    return this.#conversation.ask('portForwards', {});
  }

  async setPortForwards(forwards: readonly PortForward[]): Promise<void> {
    await this.#conversation.ask('setPortForwards', { forwards: [...forwards] });
  }

  async ended(signal: AbortSignal): Promise<MachineState> {
    return this.#conversation.states.reach((state) => !isAlive(state.phase), signal);
  }

  detach(): void {
    this.#conversation.close();
  }

  /** The machine may end before it has answered. */
  async #askAndEnd(verb: 'suspend' | 'forceStop'): Promise<MachineState> {
    const stop = new AbortController();
    try {
      const ended = this.ended(stop.signal);
      ended.catch(() => undefined);
      const answered = this.#conversation.ask(verb, {}).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'connection-lost') return;
        throw error;
      });
      await Promise.race([answered, ended]);
      return await ended;
    } finally {
      stop.abort();
    }
  }

  async #open(name: string): Promise<Socket> {
    const socket = await tryConnect(path.join(this.#runFolder, name));
    if (socket !== undefined) return socket;
    throw new AppError('state-not-allowed', 'The machine does not run, or has only begun to start.', { retry: true });
  }
}

/** Tart's protocol for what it has; its answer lacks whether there is an agent at all, and the address of last resort. */
function agentOf(folder: string, conversation: HostConnection): GuestAgent {
  const client = new ControlClient(path.join(folder, tartFiles.controlSocket));
  return {
    ping: async (signal) => {
      signal.throwIfAborted();
      await conversation.ask('ping', {}, signal);
    },
    exec: (command, output, signal) => client.exec(command, output, signal),
    writeFile: (file, content, signal) => writeFile(conversation, file, content, signal),
    address: async (signal): Promise<Address> => {
      try {
        return await client.address(signal);
      } catch (error) {
        const ip = conversation.userNetworkAddress;
        // The network gives out this address and no other, so a guest that can't tell has it or none.
        if (ip === undefined || !(error instanceof AppError) || error.code !== 'agent-unavailable') throw error;
        return { ip, source: 'user-network', at: new Date().toISOString() };
      }
    },
  };
}

/** Pieces are acknowledged one by one, so that no more than one is under way. */
async function writeFile(
  conversation: HostConnection,
  guestPath: string,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const file = await conversation.ask('openFile', { path: guestPath }, signal);
  try {
    for await (const piece of content)
      for (let start = 0; start < piece.length; start += filePieceBytes) {
        const data = Buffer.from(piece.subarray(start, start + filePieceBytes)).toString('base64');
        await conversation.ask('writeFile', { file, data }, signal);
      }
  } catch (error) {
    await conversation.ask('closeFile', { file }).catch(() => undefined);
    throw error;
  }
  await conversation.ask('closeFile', { file }, signal);
}

/** The agent holds a piece in memory several times over, as text and decoded. */
const filePieceBytes = 1024 ** 2;

function open(socket: Socket, opening: Handshake): void {
  socket.write(`${JSON.stringify(opening)}\n`);
}

/** Undefined if nobody listens. */
async function tryConnect(socketPath: string): Promise<Socket | undefined> {
  try {
    const socket = connectUnix(socketPath);
    await once(socket, 'connect');
    socket.on('error', () => socket.destroy());
    return socket;
  } catch (error) {
    return undefined;
  }
}
