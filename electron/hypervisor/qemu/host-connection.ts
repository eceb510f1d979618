import type { Socket } from 'node:net';
import { AppError } from '../../contract/errors.ts';
import type { MachineState } from '../../contract/machine.ts';
import { isAlive } from '../../contract/verbs.ts';
import { States, now } from '../shared/states.ts';
import { hostDied } from '../shared/last-run.ts';
import { type Method, type MethodParams, type MethodValue, type HostMessage, methods, toldSchema } from './wire.ts';
import { parseLine, readLines } from './json-lines.ts';

interface Pending {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

/** An app's side of a control connection to a machine's host process. */
export class HostConnection {
  readonly states: States;
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  #userNetworkAddress: string | undefined;
  #nextId = 1;
  #letGo = false;

  private constructor(socket: Socket, state: MachineState) {
    this.#socket = socket;
    this.states = new States(state);
  }

  /** Resolves when the host has said how the machine is; undefined if it ends before. */
  static async over(socket: Socket): Promise<HostConnection | undefined> {
    const { promise, resolve } = Promise.withResolvers<HostConnection | undefined>();
    let conversation: HostConnection | undefined;
    socket.on('close', () => {
      resolve(undefined);
      if (conversation !== undefined) conversation.#end();
    });
    readLines(socket, (line) => {
      const told = toldSchema.safeParse(parseLine(line));
      if (!told.success) return true;
      if (conversation === undefined && 'state' in told.data) {
        conversation = new HostConnection(socket, told.data.state);
        resolve(conversation);
      }
      if (conversation !== undefined) conversation.#take(told.data);
      return true;
    });
    return promise;
  }

  /** What the guest got as its address, if it is this computer's own network that gives it. */
  get userNetworkAddress(): string | undefined {
    return this.#userNetworkAddress;
  }

  /** @throws AppError what the host answers, `connection-lost` if it ends first, the signal's reason if called off */
  async ask<M extends Method>(method: M, params: MethodParams<M>, signal?: AbortSignal): Promise<MethodValue<M>> {
    if (!this.#socket.writable) throw lost();
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const abort = () => reject(AppError.from(signal?.reason));
    this.#pending.set(id, { resolve, reject });
    signal?.addEventListener('abort', abort);
    this.#socket.write(`${JSON.stringify({ id, method, params })}\n`);
    try {
      // The schema is the method's own, which the compiler can't follow through a generic.
      return methods[method].value.parse(await promise) as MethodValue<M>;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#pending.delete(id);
    }
  }

  /** Lets go of the machine, which goes on. */
  close(): void {
    this.#letGo = true;
    this.#socket.destroy();
  }

  #take(told: HostMessage): void {
    if ('hello' in told) this.#userNetworkAddress = told.hello.userNetworkAddress;
    if ('state' in told) {
      if (JSON.stringify(told.state) !== JSON.stringify(this.states.current)) this.states.become(told.state);
    } else if ('error' in told) {
      this.#pending.get(told.id)?.reject(AppError.fromInfo(told.error));
    } else {
      this.#pending.get(told.id)?.resolve(told.value);
    }
  }

  /** A host that ends properly has told its last state before. */
  #end(): void {
    if (!this.#letGo && isAlive(this.states.current.phase))
      this.states.become({ phase: 'failed', since: now(), error: hostDied().toInfo() });
    for (const { reject } of this.#pending.values()) reject(lost());
  }
}

function lost(): AppError {
  return new AppError('connection-lost', 'The machine has ended.', { retry: true });
}
