import type {
  ByteChannel,
  ChannelInput,
  ChannelName,
  EventName,
  EventPayload,
  ParsedInput,
  ProcedureInput,
  ProcedureName,
  ProcedureOutput,
} from '../contract/contract.ts';
import { openServices } from '../operations/open-services.ts';
import { operate, operateParsed, startJob } from '../operations/operate.ts';
import type { LongName, Result } from '../operations/operation.ts';
import type { Services } from '../operations/services.ts';
import type { Terminal } from './terminal.ts';

/**
 * The one way from a command to what it does: the operations that the window calls, in this process. A command turns its
 * words into input, and the result into text.
 */
export class Operations implements AsyncDisposable {
  readonly #services: Services;
  readonly #terminal: Terminal;

  private constructor(services: Services, terminal: Terminal) {
    this.#services = services;
    this.#terminal = terminal;
  }

  /**
   * Opens the home that is chosen.
   * @param options `ifGone`: `wait` for what needs no home, so that it works while the home's drive is not connected
   * @throws AppError `home-unavailable`
   */
  static async open(
    terminal: Terminal,
    { ifGone = 'refuse' }: { ifGone?: 'refuse' | 'wait' } = {},
  ): Promise<Operations> {
    const warn = (message: string, error: { message: string }): void => terminal.note(`${message}: ${error.message}`);
    return new Operations(await openServices({ ifGone, warn }), terminal);
  }

  /** Asks for something that is answered at once. `signal`: default, until the command is interrupted. @throws AppError */
  async call<N extends Exclude<ProcedureName, LongName>>(
    name: N,
    input: ProcedureInput<N>,
    signal: AbortSignal = this.#terminal.interrupted,
  ): Promise<ProcedureOutput<N>> {
    return await operate(this.#services, name, input, signal);
  }

  /** As {@link call}, of an input with nothing left out: no schema is loaded, so a short command starts quickly. */
  async callWhole<N extends Exclude<ProcedureName, LongName>>(
    name: N,
    input: ParsedInput<N>,
  ): Promise<ProcedureOutput<N>> {
    return await operateParsed(this.#services, name, input, this.#terminal.interrupted);
  }

  /**
   * Does long work as a job, which other Tatins see, and shows how far it is. Interrupting the command stops the work and
   * keeps what is done, for the same request to go on from. Gives what the job has made.
   * @throws AppError `cancelled` if it was interrupted, and of the operation
   */
  async run<N extends LongName>(name: N, input: ProcedureInput<N>): Promise<Result<N>> {
    const [{ jobs }, { showProgress }] = await Promise.all([this.#services.load(), import('./progress.ts')]);
    const { job, result } = await startJob(this.#services, name, input, this.#terminal.interrupted);
    const onInterrupt = (): void => void jobs.interrupt(job.id);
    this.#terminal.interrupted.addEventListener('abort', onInterrupt);
    if (this.#terminal.interrupted.aborted) onInterrupt();
    try {
      using _display = showProgress(this.#terminal, job.title, (listener) =>
        jobs.onChange((change) => {
          if (change.kind === 'changed' && change.job.id === job.id) listener(change.job);
        }),
      );
      return await result;
    } finally {
      this.#terminal.interrupted.removeEventListener('abort', onInterrupt);
      const { state } = await jobs.ended(job.id);
      // Who typed the command has been told how it ended. What was paused from a window stays on the list, to go on from there.
      if (state !== 'paused' || this.#terminal.interrupted.aborted) await jobs.withdraw(job.id);
    }
  }

  /** Calls `listener` for every event of a kind until the returned function is called. */
  async subscribe<N extends EventName>(name: N, listener: (payload: EventPayload<N>) => void): Promise<() => void> {
    const { backend } = await this.#services.load();
    return backend.subscribe((event, payload) => {
      // Payloads go with their names, which the compiler can't follow through two generics.
      if ((event as string) === name) listener(payload as unknown as EventPayload<N>);
    });
  }

  /** @throws AppError */
  async openChannel<N extends ChannelName>(name: N, input: ChannelInput<N>): Promise<ByteChannel> {
    const { backend } = await this.#services.load();
    return await backend.openChannel(name, input, this.#terminal.ended);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#services[Symbol.asyncDispose]();
  }
}
