import { type Http2Session, createServer } from 'node:http2';
import { create } from '@bufbuild/protobuf';
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { listenUnix } from '../network/unix-sockets.ts';
import { Agent, type ExecRequest, type ExecResponse, ExecResponseSchema, ResolveIPResponseSchema } from './agent_pb.ts';
import { toConnectError } from './control-errors.ts';
import { maxMessageBytes } from './message-size.ts';
import { type ExecOutcome, maxInputBytes } from './qemu-guest.ts';

/** What stands behind control.sock. */
export interface ControlBackend {
  exec(
    command: { path: string; args: readonly string[]; input?: Buffer | undefined },
    signal: AbortSignal,
  ): Promise<ExecOutcome>;
  address(signal: AbortSignal): Promise<string>;
}

/** Output goes in pieces far below what a message may have. */
const pieceBytes = 65_536;

/** See `serveControlSocket`. */
export async function serveGrpc(socketPath: string, backend: ControlBackend): Promise<AsyncDisposable> {
  const server = createServer(
    connectNodeAdapter({ readMaxBytes: maxMessageBytes, routes: (router) => routes(router, backend) }),
  );
  const sessions = new Set<Http2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => session.destroy());
    session.on('close', () => sessions.delete(session));
  });
  await listenUnix(server, socketPath);
  return {
    [Symbol.asyncDispose]: async () => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      server.close(() => resolve(undefined));
      for (const session of sessions) session.destroy();
      await promise;
    },
  };
}

function routes(router: ConnectRouter, backend: ControlBackend): void {
  router.service(Agent, {
    async *exec(requests, { signal }) {
      try {
        yield* exec(requests, backend, signal);
      } catch (error) {
        throw toConnectError(error);
      }
    },
    async resolveIP(_request, { signal }) {
      try {
        return create(ResolveIPResponseSchema, { ip: await backend.address(signal) });
      } catch (error) {
        throw toConnectError(error);
      }
    },
  });
}

async function* exec(
  requests: AsyncIterable<ExecRequest>,
  backend: ControlBackend,
  signal: AbortSignal,
): AsyncGenerator<ExecResponse> {
  const iterator = requests[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true || first.value.type.case !== 'command')
    throw new ConnectError('The first request must be a command.', Code.InvalidArgument);
  const command = first.value.type.value;
  if (command.tty)
    throw new ConnectError(
      "The agent in this guest can't give a command a terminal. Use ssh or the serial console.",
      Code.Unimplemented,
    );
  const input = command.interactive ? await readInput(iterator) : undefined;
  const outcome = await backend.exec({ path: command.name, args: command.args, input }, signal);
  yield* pieces('standardOutput', outcome.stdout);
  yield* pieces('standardError', outcome.stderr);
  if (outcome.truncated)
    yield* pieces('standardError', Buffer.from('tatin: the output was longer than the guest agent keeps\n'));
  yield create(ExecResponseSchema, { type: { case: 'exit', value: { code: outcome.exitCode } } });
}

/** All input until its end, since the agent takes it only whole. */
async function readInput(requests: AsyncIterator<ExecRequest>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const next = await requests.next();
    if (next.done === true) break;
    if (next.value.type.case !== 'standardInput') continue;
    const { data } = next.value.type.value;
    if (data.length === 0) break;
    length += data.length;
    if (length > maxInputBytes)
      throw new ConnectError(
        `The agent in this guest takes at most ${maxInputBytes / 1024 ** 2} MB of input.`,
        Code.ResourceExhausted,
      );
    chunks.push(data);
  }
  return Buffer.concat(chunks);
}

function* pieces(stream: 'standardOutput' | 'standardError', bytes: Buffer): Generator<ExecResponse> {
  for (let offset = 0; offset < bytes.length; offset += pieceBytes)
    yield create(ExecResponseSchema, {
      type: { case: stream, value: { data: bytes.subarray(offset, offset + pieceBytes) } },
    });
}
