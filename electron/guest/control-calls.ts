import { type Client, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { AppError } from '../contract/errors.ts';
import type { Address } from '../contract/machine.ts';
import type { GuestAgent } from './guest-agent.ts';
import { hasCode } from '../files/error-codes.ts';
import { formatIpv4, isReachable, parseIpv4 } from '../network/ipv4.ts';
import { Agent } from './agent_pb.ts';
import { fromConnectError } from './control-errors.ts';
import { execRequests } from './exec-requests.ts';
import { maxMessageBytes } from './message-size.ts';
import { OneSession } from './one-session.ts';

type Command = Parameters<GuestAgent['exec']>[0];

/** The calls of a {@link ControlClient}, apart from it since gRPC takes long to load. */
export class ControlCalls implements Omit<GuestAgent, 'ping'> {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  async address(signal: AbortSignal): Promise<Address> {
    return this.#call(async (client) => {
      const { ip } = await client.resolveIP({}, { signal });
      if (ip === '') throw new AppError('no-address', 'The guest has no IPv4 address yet.', { retry: true });
      const address = parseIpv4(ip);
      if (address === undefined || !isReachable(address))
        throw new AppError('no-address', 'The guest names an address at which it can’t be reached.', { retry: true });
      return { ip: formatIpv4(address), source: 'agent', at: new Date().toISOString() };
    });
  }

  async exec(command: Command, output: Parameters<GuestAgent['exec']>[1], signal: AbortSignal): Promise<number> {
    return this.#call(async (client) => {
      for await (const { type } of client.exec(execRequests(command), { signal })) {
        if (type.case === 'standardOutput') await output.stdout(type.value.data);
        else if (type.case === 'standardError') await output.stderr(type.value.data);
        else if (type.case === 'exit') return type.value.code;
      }
      throw new AppError('agent-failed', 'The agent in the guest closed the connection before the command ended.');
    });
  }

  async #call<T>(use: (client: Client<typeof Agent>) => Promise<T>): Promise<T> {
    using sessionManager = new OneSession(this.#socketPath);
    const baseUrl = sessionManager.authority;
    try {
      return await use(
        createClient(Agent, createGrpcTransport({ baseUrl, sessionManager, readMaxBytes: maxMessageBytes })),
      );
    } catch (error) {
      throw this.#translate(error);
    }
  }

  #translate(thrown: unknown): AppError {
    if (isUnreachable(thrown))
      return new AppError(
        'agent-unavailable',
        'The machine does not run, or was started by a Tart that has no agent.',
        {
          details: `${this.#socketPath}: ${String(thrown)}`,
          retry: true,
          cause: thrown,
        },
      );
    return fromConnectError(thrown);
  }
}

/** The system's own word, which the layers above wrap. */
function isUnreachable(thrown: unknown): boolean {
  for (let error = thrown; error instanceof Error; error = error.cause)
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE')) return true;
  return false;
}
