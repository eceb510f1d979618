import { type Server, type Socket, createServer } from 'node:net';
import { AppError } from '../../../contract/errors.ts';
import { listenUnix } from '../../../network/unix-sockets.ts';
import {
  type Ask,
  type Method,
  type MethodParams,
  type MethodValue,
  type HostMessage,
  askSchema,
  methodNames,
  methods,
  handshakeSchema,
} from '../wire.ts';
import { parseLine, readLines } from '../json-lines.ts';
import type { States } from '../../shared/states.ts';

/** One function for each method of the wire. */
export type Handlers = { [M in Method]: (params: MethodParams<M>) => Promise<MethodValue<M>> };

export interface AttachOptions {
  readonly socketPath: string;
  /** The VM's. */
  readonly folder: string;
  readonly states: States;
}

/**
 * Where apps attach to a machine. It listens from before the guest starts, so that everyone can see it start; what it
 * answers comes with {@link serve}.
 */
export class AttachServer {
  readonly #options: AttachOptions;
  readonly #server: Server;
  readonly #control = new Set<Socket>();
  #handlers: Handlers | undefined;
  #openSerial: ((socket: Socket) => void) | undefined;
  #userNetworkAddress: string | undefined;

  private constructor(options: AttachOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#greet(socket));
    options.states.onChange((state) => this.#tellAll({ state }));
  }

  static async listen(options: AttachOptions): Promise<AttachServer> {
    const server = new AttachServer(options);
    await listenUnix(server.#server, options.socketPath);
    return server;
  }

  /** From now on requests are answered. */
  serve(what: {
    handlers: Handlers;
    openSerial: (socket: Socket) => void;
    userNetworkAddress: string | undefined;
  }): void {
    this.#handlers = what.handlers;
    this.#openSerial = what.openSerial;
    this.#userNetworkAddress = what.userNetworkAddress;
    // Who attached before learns the address with the next hello, which replaces the first.
    this.#tellAll(this.#hello());
  }

  /** Takes no more connections; those there are stay, to be told the last state. */
  stopListening(): void {
    this.#server.close();
  }

  /** Ends every connection once what was said has been sent. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#control].map((socket) => {
        const { promise, resolve } = Promise.withResolvers<undefined>();
        socket.once('close', () => resolve(undefined));
        socket.end();
        // A client that does not read must not keep the process.
        const timer = setTimeout(() => socket.destroy(), 1000);
        return promise.finally(() => clearTimeout(timer));
      }),
    );
  }

  #hello(): HostMessage {
    const { folder, states } = this.#options;
    const address = this.#userNetworkAddress;
    return {
      hello: { folder, ...(address === undefined ? {} : { userNetworkAddress: address }) },
      state: states.current,
    };
  }

  #greet(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    readLines(socket, (line) => {
      const opening = handshakeSchema.safeParse(parseLine(line));
      if (!opening.success) {
        socket.destroy();
        return false;
      }
      if (opening.data.open === 'control') this.#openControl(socket);
      else if (this.#openSerial === undefined) socket.destroy();
      else setImmediate(() => this.#openSerial?.(socket));
      return false;
    });
  }

  #openControl(socket: Socket): void {
    this.#control.add(socket);
    socket.on('close', () => this.#control.delete(socket));
    tell(socket, this.#hello());
    setImmediate(() => {
      readLines(socket, (line) => {
        const ask = askSchema.safeParse(parseLine(line));
        if (!ask.success) {
          socket.destroy();
          return false;
        }
        void this.#answer(socket, ask.data);
        return true;
      });
      socket.resume();
    });
  }

  async #answer(socket: Socket, { id, method, params }: Ask): Promise<void> {
    try {
      tell(socket, { id, value: await this.#call(method, params) });
    } catch (error) {
      tell(socket, { id, error: AppError.from(error).toInfo() });
    }
  }

  async #call(name: string, params: unknown): Promise<unknown> {
    const method = methodNames.find((one) => one === name);
    if (method === undefined) throw new AppError('not-supported', `This machine was started by another Tatin version.`);
    if (this.#handlers === undefined)
      throw new AppError('state-not-allowed', 'That is not possible now: it is starting.', { retry: true });
    // Name and parameters belong together by `methods`; the type of the union can't say so.
    const handler = this.#handlers[method] as (params: unknown) => Promise<unknown>;
    return handler(methods[method].params.parse(params ?? {}));
  }

  #tellAll(told: HostMessage): void {
    for (const socket of this.#control) tell(socket, told);
  }
}

function tell(socket: Socket, told: HostMessage): void {
  if (socket.writable) socket.write(`${JSON.stringify(told)}\n`);
}
