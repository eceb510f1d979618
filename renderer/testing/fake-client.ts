import type {
  ConnectionState,
  Client,
  EventName,
  EventPayload,
  Handlers,
  ParsedInput,
  ProcedureInput,
  ProcedureName,
  ProcedureOutput,
} from '../../electron/contract/contract.ts';
import { procedures } from '../../electron/contract/contract.ts';
import { Emitter } from '../../electron/contract/emitter.ts';
import { AppError, type ErrorInfo } from '../../electron/contract/errors.ts';
import { fakeHandlers } from './fake-handlers.ts';
import { uploadChannel } from './fake-imports.ts';
import { type FakeStart, type FakeWorld, fakeWorld } from './fake-world.ts';

/** A client whose other side is in memory. It checks every input against the contract, and tells what it changed. */
export interface FakeClient extends Client {
  readonly world: FakeWorld;
  /** Every call so far, as the other side received it. */
  readonly calls: readonly { name: ProcedureName; input: unknown }[];
  /** The inputs of the calls of one procedure. */
  inputsOf<N extends ProcedureName>(name: N): ParsedInput<N>[];
  /** The next calls of a procedure fail with that error, until `undefined` is given. */
  refuse(name: ProcedureName, error: ErrorInfo | undefined): void;
  /** The next calls of a procedure wait until the returned function is called. */
  hold(name: ProcedureName): () => void;
  tell<N extends EventName>(name: N, payload: EventPayload<N>): void;
  setConnection(state: ConnectionState): void;
}

/** Starts a fake client that is connected. */
export function fakeClient({
  connection = 'connected',
  ...start
}: FakeStart & { connection?: ConnectionState } = {}): FakeClient {
  const world = fakeWorld(start);
  const calls: { name: ProcedureName; input: unknown }[] = [];
  const refusals = new Map<ProcedureName, ErrorInfo>();
  const gates = new Map<ProcedureName, Promise<void>>();
  const events = new Map<EventName, Emitter<never>>();
  const connections = new Emitter<ConnectionState>();

  const tell = <N extends EventName>(name: N, payload: EventPayload<N>): void => {
    // Each emitter has listeners of its own event's payload only; `on` sees to that.
    events.get(name)?.emit(payload as never);
  };
  const handlers = fakeHandlers(world, tell);

  const call = async <N extends ProcedureName>(
    name: N,
    input: ProcedureInput<N>,
    { signal = new AbortController().signal }: { signal?: AbortSignal } = {},
  ): Promise<ProcedureOutput<N>> => {
    const parsed = procedures[name].input.safeParse(input);
    if (!parsed.success) throw new AppError('invalid-input', `${name}: ${parsed.error.message}`);
    calls.push({ name, input: parsed.data });
    await gates.get(name);
    signal.throwIfAborted();
    if (connection !== 'connected') throw new AppError('connection-lost', 'Tatin does not answer.', { retry: true });
    const refusal = refusals.get(name);
    if (refusal !== undefined) throw AppError.fromInfo(refusal);
    const handler: Handlers[N] = handlers[name];
    // What was parsed by a procedure's schema is what its handler takes.
    return await handler(parsed.data as ParsedInput<N>, { signal });
  };

  return {
    world,
    calls,
    call,
    tell,
    // Only inputs of that procedure carry its name.
    inputsOf: (name) => calls.filter((made) => made.name === name).map(({ input }) => input as never),
    refuse: (name, error) => {
      if (error === undefined) refusals.delete(name);
      else refusals.set(name, error);
    },
    hold: (name) => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      gates.set(
        name,
        promise.then(() => undefined),
      );
      return () => {
        gates.delete(name);
        resolve(undefined);
      };
    },
    on: (name, listener) => {
      const emitter = events.get(name) ?? new Emitter();
      events.set(name, emitter);
      return emitter.on(listener);
    },
    openChannel: async (name, input) => {
      if (!('uploadId' in input)) throw new AppError('not-supported', `The library opens no channel ${name}.`);
      return await Promise.resolve(uploadChannel(world.intake, input.uploadId));
    },
    onConnection: (listener) => {
      const off = connections.on(listener);
      listener(connection);
      return off;
    },
    reconnect: () => undefined,
    setConnection: (state) => {
      connection = state;
      connections.emit(state);
    },
  };
}
