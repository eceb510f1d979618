import type { ByteChannel } from '../../contract/contract.ts';
import { AppError } from '../../contract/errors.ts';

/** The far end of a page's channel: takes bytes one after the other, and ends when it has all. */
export class UploadChannel implements ByteChannel {
  readonly #take: (bytes: Uint8Array) => Promise<boolean>;
  readonly #ended: () => Promise<void>;
  readonly #listeners: ((reason: string | undefined) => void)[] = [];
  #tail: Promise<void> = Promise.resolve();
  #over: { reason: string | undefined } | undefined;

  constructor({ take, ended }: { take: (bytes: Uint8Array) => Promise<boolean>; ended: () => Promise<void> }) {
    this.#take = take;
    this.#ended = ended;
  }

  send(bytes: Uint8Array): Promise<void> {
    const taken = this.#tail.then(async () => {
      if (this.#over !== undefined) throw new AppError('connection-lost', this.#over.reason ?? 'The file is complete.');
      try {
        if (await this.#take(bytes)) this.#finish(undefined);
      } catch (error) {
        this.#finish(AppError.from(error).message);
        throw error;
      }
    });
    this.#tail = taken.catch(() => undefined);
    return taken;
  }

  onData(): void {
    // Nothing is said on this way.
  }

  onClose(listener: (reason: string | undefined) => void): void {
    if (this.#over === undefined) this.#listeners.push(listener);
    else listener(this.#over.reason);
  }

  close(reason?: string): void {
    void this.end(reason);
  }

  /** Ends it once what came before is written. */
  async end(reason: string | undefined): Promise<void> {
    await this.#tail;
    this.#finish(reason);
  }

  #finish(reason: string | undefined): void {
    if (this.#over !== undefined) return;
    this.#over = { reason };
    void this.#ended();
    for (const listener of this.#listeners) listener(reason);
  }
}
