import type { Engine, EngineEnd, EngineEvent, SaveProblem } from '../engine.ts';

type Request = 'start' | 'requestShutdown' | 'stop' | 'reset' | 'pause' | 'resume' | 'save';

/** An engine without a guest: it does at once what it is asked, unless the test holds a request back or lets it fail. */
export class PlayedEngine implements Engine {
  /** What it was asked, in order. */
  readonly asked: Request[] = [];
  restores = false;
  problem: SaveProblem | undefined;
  readonly #ended = Promise.withResolvers<EngineEnd>();
  readonly #answers = new Map<Request, Promise<undefined>>();
  #listener: (event: EngineEvent) => void = () => undefined;

  get ended(): Promise<EngineEnd> {
    return this.#ended.promise;
  }

  onEvent(listener: (event: EngineEvent) => void): void {
    this.#listener = listener;
  }

  start = (): Promise<void> => this.#answer('start');
  requestShutdown = (): Promise<void> => this.#answer('requestShutdown');
  reset = (): Promise<void> => this.#answer('reset');
  pause = (): Promise<void> => this.#answer('pause');
  resume = (): Promise<void> => this.#answer('resume');
  save = (): Promise<void> => this.#answer('save');
  saveProblem = (): Promise<SaveProblem | undefined> => Promise.resolve(this.problem);

  async stop(): Promise<void> {
    await this.#answer('stop');
    this.end({});
  }

  /** Something happens that was not asked for. */
  tell(event: EngineEvent): void {
    this.#listener(event);
  }

  end(end: EngineEnd): void {
    this.#ended.resolve(end);
  }

  /** The next request of this kind is answered when the test says so. */
  hold(request: Request): { resolve: () => void; reject: (error: Error) => void } {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#answers.set(request, promise);
    return { resolve: () => resolve(undefined), reject };
  }

  /** The next request of this kind fails. */
  fail(request: Request, error: Error): void {
    this.hold(request).reject(error);
  }

  async #answer(request: Request): Promise<void> {
    this.asked.push(request);
    const answer = this.#answers.get(request);
    this.#answers.delete(request);
    await answer;
  }
}
