import type { Duplex } from 'node:stream';
import { AppError } from '../contract/errors.ts';
import { arpAnswer, arpQuestion, onStream } from './frames.ts';
import type { GuestNetwork } from './guest-subnet.ts';
import { parseIpv4 } from './ipv4.ts';

/** A guest that consists of its network card only: it says any frame on a stream, and hears who answers. */
export class FrameGuest {
  readonly mac = Buffer.from('52540000000f', 'hex');
  readonly #stream: Duplex;
  readonly #network: GuestNetwork;
  #heard = Buffer.alloc(0);
  #answered: (() => void) | undefined;
  readonly #closed: Promise<never>;

  constructor(stream: Duplex, network: GuestNetwork) {
    this.#stream = stream;
    this.#network = network;
    const closed = Promise.withResolvers<never>();
    this.#closed = closed.promise;
    // Nobody may be waiting when it closes.
    this.#closed.catch(() => undefined);
    stream.on('data', (bytes: Buffer) => this.#hear(bytes));
    stream.on('close', () => closed.reject(new AppError('connection-lost', "The guest's network has ended.")));
  }

  say(frame: Buffer): void {
    this.#stream.write(onStream(frame));
  }

  /**
   * Resolves when what was said so far has been dealt with: the gateway's own address is asked for, which passt answers
   * in turn, and once more, since it deals with what came together by kinds.
   * @throws AppError `connection-lost`, or the signal's reason
   */
  async settled(signal: AbortSignal): Promise<void> {
    for (let round = 0; round < 2; round++) {
      const { promise, resolve, reject } = Promise.withResolvers<undefined>();
      const stop = () => reject(signal.reason as Error);
      signal.addEventListener('abort', stop, { once: true });
      this.#answered = () => resolve(undefined);
      signal.throwIfAborted();
      this.say(arpQuestion(this.mac, ipv4Bytes(this.#network.address), ipv4Bytes(this.#network.gateway)));
      try {
        await Promise.race([promise, this.#closed]);
      } finally {
        signal.removeEventListener('abort', stop);
      }
    }
  }

  #hear(bytes: Buffer): void {
    this.#heard = Buffer.concat([this.#heard, bytes]);
    while (this.#heard.length >= 4) {
      const end = 4 + this.#heard.readUInt32BE();
      if (this.#heard.length < end) return;
      if (arpAnswer(this.#heard.subarray(4, end)) !== undefined) this.#answered?.();
      this.#heard = this.#heard.subarray(end);
    }
  }
}

/** The four bytes of an address in dotted decimals. */
export function ipv4Bytes(text: string): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(parseIpv4(text) ?? 0);
  return bytes;
}
