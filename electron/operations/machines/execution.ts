import type { ProcedureOutput } from '../../contract/contract.ts';
import { AppError } from '../../contract/errors.ts';
import type { GuestAgent } from '../../guest/guest-agent.ts';

/** Output that one reply may carry, in bytes of each stream; beyond it the command line is the way. */
const maxBytes = 4 * 1024 * 1024;

/**
 * Runs a program in a guest and gathers what it prints. @throws AppError `agent-unavailable`, `agent-failed`, and
 * `not-supported` when it prints more than a reply can carry
 */
export async function execute(
  agent: GuestAgent,
  command: readonly string[],
  stdin: string | undefined,
  signal: AbortSignal,
): Promise<ProcedureOutput<'machines.exec'>> {
  const stdout = new Gathered();
  const stderr = new Gathered();
  const exitCode = await agent.exec(
    { ...programOf(command), ...(stdin === undefined ? {} : { stdin: once(Buffer.from(stdin)) }) },
    { stdout: (bytes) => stdout.add(bytes), stderr: (bytes) => stderr.add(bytes) },
    signal,
  );
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

/** A command as an agent takes it. @throws AppError `invalid-input` for one without a program */
export function programOf(command: readonly string[]): { path: string; args: readonly string[] } {
  const [path, ...args] = command;
  if (path === undefined || path === '') throw new AppError('invalid-input', 'No command was given.');
  return { path, args };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

class Gathered {
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  add(bytes: Uint8Array): void {
    this.#length += bytes.length;
    if (this.#length <= maxBytes) this.#pieces.push(bytes);
  }

  text(): string {
    if (this.#length > maxBytes)
      throw new AppError('not-supported', 'The command printed more than can be shown here.', {
        hint: 'Use tatin exec in a terminal, which has no limit.',
      });
    return Buffer.concat(this.#pieces).toString('utf8');
  }
}
