import { create } from '@bufbuild/protobuf';
import type { GuestAgent, TerminalSize } from './guest-agent.ts';
import { type ExecRequest, ExecRequestSchema } from './agent_pb.ts';

type Command = Parameters<GuestAgent['exec']>[0];

/** gRPC refuses messages above 4 MiB; a file's or a pipe's pieces may be larger. */
const pieceBytes = 65_536;

/**
 * What is said to the agent while a command runs: the command, its input as it comes, its end, and each new size of the
 * terminal. Ends when both have ended, and lets go of them as soon as nobody asks any more.
 */
export async function* execRequests(command: Command): AsyncGenerator<ExecRequest> {
  yield first(command);
  const sources: AsyncIterable<ExecRequest>[] = [];
  if (command.stdin !== undefined) sources.push(inputOf(command.stdin));
  if (command.tty?.resizes !== undefined) sources.push(resizesOf(command.tty.resizes));
  yield* asTheyCome(sources);
}

function first({ path, args, stdin, tty }: Command): ExecRequest {
  return create(ExecRequestSchema, {
    type: {
      case: 'command',
      value: {
        name: path,
        args: [...args],
        interactive: stdin !== undefined,
        tty: tty !== undefined,
        ...(tty === undefined ? {} : { terminalSize: sizeOf(tty) }),
      },
    },
  });
}

async function* inputOf(stdin: AsyncIterable<Uint8Array>): AsyncGenerator<ExecRequest> {
  for await (const bytes of stdin)
    // An empty piece would say that the input ends.
    for (let offset = 0; offset < bytes.length; offset += pieceBytes)
      yield input(bytes.subarray(offset, offset + pieceBytes));
  yield input(new Uint8Array());
}

function input(data: Uint8Array): ExecRequest {
  return create(ExecRequestSchema, { type: { case: 'standardInput', value: { data } } });
}

async function* resizesOf(sizes: AsyncIterable<TerminalSize>): AsyncGenerator<ExecRequest> {
  for await (const size of sizes)
    yield create(ExecRequestSchema, { type: { case: 'terminalResize', value: sizeOf(size) } });
}

function sizeOf({ rows, columns }: TerminalSize): { rows: number; cols: number } {
  return { rows, cols: columns };
}

/** The items of all, each when it is there. One that fails makes the whole fail. */
async function* asTheyCome<T>(sources: readonly AsyncIterable<T>[]): AsyncGenerator<T> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const waiting = new Map(iterators.map((iterator) => [iterator, nextOf(iterator)]));
  try {
    while (waiting.size > 0) {
      const { iterator, result } = await Promise.race(waiting.values());
      // Taken out and put at the end, so that much input does not keep a new size waiting.
      waiting.delete(iterator);
      if (result.done === true) continue;
      waiting.set(iterator, nextOf(iterator));
      yield result.value;
    }
  } finally {
    // Not awaited: an iterator that waits for a key would end only with the next one.
    for (const [iterator, next] of waiting) {
      next.catch(() => undefined);
      void iterator.return?.().catch(() => undefined);
    }
  }
}

async function nextOf<T>(
  iterator: AsyncIterator<T>,
): Promise<{ iterator: AsyncIterator<T>; result: IteratorResult<T> }> {
  return { iterator, result: await iterator.next() };
}
