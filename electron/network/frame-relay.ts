import type { Duplex } from 'node:stream';
import { FrameStream } from './frame-stream.ts';

/**
 * Joins a guest's network card to what makes its network: frames of the guest only as far as {@link FrameStream} lets
 * them pass, and the answers as they are. Neither side is read on while the other has not taken what was read before.
 * Both are closed when one ends, fails, or sends what is no stream of frames; `ended` resolves when they are.
 */
export class FrameRelay implements Disposable {
  readonly ended: Promise<void>;
  readonly #sides: readonly [Duplex, Duplex];

  constructor(guest: Duplex, network: Duplex) {
    this.#sides = [guest, network];
    const frames = new FrameStream();
    carry(guest, network, (bytes) => frames.take(bytes));
    carry(network, guest, (bytes) => [bytes]);
    this.ended = Promise.all(this.#sides.map((side) => this.#endOf(side))).then(() => undefined);
  }

  async #endOf(side: Duplex): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    side.on('end', () => this[Symbol.dispose]());
    side.on('close', () => resolve(undefined));
    // It closes then, which is all there is to do about it.
    side.on('error', () => undefined);
    if (!side.closed) await promise;
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    for (const side of this.#sides) side.destroy();
  }
}

/** Writes one piece after the other, each by itself, so that the system takes it whole if it has the room. */
function carry(from: Duplex, to: Duplex, filter: (bytes: Buffer) => Buffer[]): void {
  let waiting: Buffer[] = [];
  let blockedBy: Buffer | undefined;
  const goOn = (): void => {
    for (let piece = waiting.shift(); piece !== undefined; piece = waiting.shift()) {
      if (to.destroyed) return;
      const written = piece;
      to.write(written, () => {
        if (blockedBy !== written) return;
        blockedBy = undefined;
        goOn();
      });
      // It is usually taken at once, though the callback comes later.
      if (to.writableLength > 0) {
        blockedBy = written;
        from.pause();
        return;
      }
    }
    if (from.isPaused()) from.resume();
  };
  from.on('data', (bytes: Buffer) => {
    try {
      waiting = filter(bytes);
    } catch (error) {
      from.destroy();
      return;
    }
    goOn();
  });
}
