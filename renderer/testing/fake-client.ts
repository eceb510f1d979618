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
import type { CheckResult } from '../../electron/contract/doctor.ts';
import { Emitter } from '../../electron/contract/emitter.ts';
import { AppError, type ErrorInfo } from '../../electron/contract/errors.ts';
import type { Host } from '../../electron/contract/host.ts';
import type { Job } from '../../electron/contract/job.ts';
import type { Vm } from '../../electron/contract/machine.ts';
import type { Network } from '../../electron/contract/network.ts';
import type { OpenedPath } from '../../electron/contract/opened-paths.ts';
import type { UsageHistory } from '../../electron/contract/usage-history.ts';
import { usedFor } from './fake-supervision.ts';
import type { VmEvent } from '../../electron/contract/vm-events.ts';
import { type FakeImages, noImages } from './fake-images.ts';
import { appleMacs, type FakeMacs } from './fake-macos.ts';
import { userNetwork } from './fake-network.ts';
import { fakeHandlers, type FakeWorld } from './fake-handlers.ts';
import { emptyIntake, uploadChannel } from './fake-imports.ts';
import { linuxHost } from './fixtures.ts';

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
export function fakeClient(
  start: {
    vms?: readonly Vm[];
    jobs?: readonly Job[];
    host?: Host;
    checks?: readonly CheckResult[];
    network?: Network;
    cache?: Partial<FakeImages>;
    pathsToAllow?: readonly OpenedPath[];
    events?: readonly VmEvent[];
    usage?: UsageHistory;
    macs?: Partial<FakeMacs>;
    connection?: ConnectionState;
  } = {},
): FakeClient {
  const world: FakeWorld = {
    vms: new Map((start.vms ?? []).map((vm) => [vm.id, vm])),
    jobs: new Map((start.jobs ?? []).map((job) => [job.id, job])),
    host: start.host ?? linuxHost(),
    checks: [...(start.checks ?? [])],
    network: start.network ?? userNetwork,
    cache: { ...noImages(), ...start.cache },
    intake: emptyIntake(),
    pathsToAllow: [...(start.pathsToAllow ?? [])],
    events: [...(start.events ?? [])],
    usage: start.usage ?? usedFor(0),
    macs: { ...appleMacs(), ...start.macs },
  };
  const calls: { name: ProcedureName; input: unknown }[] = [];
  const refusals = new Map<ProcedureName, ErrorInfo>();
  const gates = new Map<ProcedureName, Promise<void>>();
  const events = new Map<EventName, Emitter<never>>();
  const connections = new Emitter<ConnectionState>();
  let connection: ConnectionState = start.connection ?? 'connected';

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
