import { parseInput } from '../contract/parse-input.ts';
import {
  channels,
  procedures,
  type Backend,
  type ByteChannel,
  type ChannelName,
  type ProcedureName,
} from '../contract/contract.ts';
import { AppError, type Reply } from '../contract/errors.ts';

/** Whether a name that came over the wire is one of the contract's; inherited names such as `constructor` are not. */
function isProcedure(name: string): name is ProcedureName {
  return Object.hasOwn(procedures, name);
}

function isChannel(name: string): name is ChannelName {
  return Object.hasOwn(channels, name);
}

/**
 * Answers one call, whatever came: the input is checked against the contract before a handler sees it, and the output
 * before it leaves. Never rejects.
 */
export async function answer(
  backend: Backend,
  name: string,
  input: unknown,
  signal: AbortSignal,
): Promise<Reply<unknown>> {
  try {
    if (!isProcedure(name)) throw new AppError('not-supported', `There is no procedure ${JSON.stringify(name)}.`);
    const parsed = parseInput(procedures[name].input, input);
    signal.throwIfAborted();
    // Name and input belong together, which a union of handlers can't say.
    const handler = backend.handlers[name] as (input: unknown, context: { signal: AbortSignal }) => Promise<unknown>;
    return { ok: true, value: checkOutput(name, await handler(parsed, { signal })) };
  } catch (error) {
    return { ok: false, error: AppError.from(error).toInfo() };
  }
}

/** Opens a channel that was asked for by name. @throws AppError */
export async function openChannel(
  backend: Backend,
  name: string,
  input: unknown,
  signal: AbortSignal,
): Promise<ByteChannel> {
  if (!isChannel(name)) throw new AppError('not-supported', `There is no channel ${JSON.stringify(name)}.`);
  return await backend.openChannel(name, parseInput(channels[name].input, input), signal);
}

/** What leaves is checked too: a renderer that trusts the contract must not meet what breaks it. */
function checkOutput(name: ProcedureName, value: unknown): unknown {
  const parsed = procedures[name].output.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AppError('unexpected', `Tatin made an answer to ${name} that its own contract refuses.`, {
    details: JSON.stringify(parsed.error.issues, undefined, 2),
  });
}
