import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type UntypedServiceImplementation,
  loadPackageDefinition,
  status,
} from '@grpc/grpc-js';
import type { GrpcObject, ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import path from 'node:path';

/** A request as this library spells it: `type` names which of the fields is there. */
export interface AgentRequest {
  readonly type: 'command' | 'standard_input' | 'terminal_resize';
  readonly command?: {
    readonly name: string;
    readonly args: readonly string[];
    readonly interactive: boolean;
    readonly tty: boolean;
    readonly terminal_size: { readonly rows: number; readonly cols: number } | null;
  };
  readonly standard_input?: { readonly data: Buffer };
  readonly terminal_resize?: { readonly rows: number; readonly cols: number };
}

type AgentAnswer =
  | { readonly exit: { readonly code: number } }
  | { readonly standard_output: { readonly data: Buffer } }
  | { readonly standard_error: { readonly data: Buffer } };

export type AgentCall = ServerDuplexStream<AgentRequest, AgentAnswer>;

export interface TartAgent extends AsyncDisposable {
  /** Cuts every call off, as a guest does that crashes. */
  die(): void;
}

interface Behaviour {
  readonly exec: (call: AgentCall) => void;
  /** undefined: has no such method. */
  readonly address?: (() => string) | undefined;
}

/** Tart's agent as another gRPC library than the client's makes it of the same protocol, on a Unix socket. */
export async function serveTartAgent(socketPath: string, { exec, address }: Behaviour): Promise<TartAgent> {
  const proto = loadSync(path.join(import.meta.dirname, '../agent.proto'), {
    keepCase: true,
    oneofs: true,
    defaults: true,
  });
  const server = new Server();
  const methods: UntypedServiceImplementation = {
    Exec: (call: AgentCall) => {
      // A call that is cut off is what some of the tests want.
      call.on('error', () => undefined);
      exec(call);
    },
    ...(address === undefined
      ? {}
      : {
          ResolveIP: (_call: unknown, answer: (error: object | null, value?: { ip: string }) => void) => {
            try {
              answer(null, { ip: address() });
            } catch (error) {
              answer({ code: status.INTERNAL, details: String(error) });
            }
          },
        }),
  };
  server.addService(agentOf(loadPackageDefinition(proto)).service, methods);
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socketPath}`, ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    );
  });
  const die = () => server.forceShutdown();
  return {
    die,
    [Symbol.asyncDispose]: () => {
      die();
      return Promise.resolve();
    },
  };
}

function agentOf(loaded: GrpcObject): ServiceClientConstructor {
  // The library knows what a file declares only when it runs.
  return loaded.Agent as ServiceClientConstructor;
}
