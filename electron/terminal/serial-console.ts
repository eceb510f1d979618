import type { Duplex } from 'node:stream';
import { AppError } from '../contract/errors.ts';
import { rawKeys, type Terminal } from './terminal.ts';

/** Ctrl-], which telnet and virsh use to let go of a console; what a guest is least likely to need. */
const escapeByte = 0x1d;

/** Why the conversation is over: the guest's side closed, the person let go, or the awaited text came. */
export type SerialEnd = 'closed' | 'released' | 'found';

export interface SerialOptions {
  /** Passes what is typed on to the guest. */
  readonly interactive?: boolean;
  /** Ends as soon as the guest has said this, scroll-back included. */
  readonly until?: string | undefined;
}

/**
 * Shows what a guest says on its serial port, beginning with what it said since it started. Closes the stream at the
 * end. @throws the signal's reason
 */
export async function followSerial(
  terminal: Terminal,
  stream: Duplex,
  { interactive = false, until }: SerialOptions,
  signal: AbortSignal,
): Promise<SerialEnd> {
  let end: SerialEnd = 'closed';
  const stop = () => stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  using _keys = interactive
    ? passKeys(terminal, stream, () => {
        end = 'released';
        stream.destroy();
      })
    : undefined;
  const awaited = until === undefined ? undefined : new AwaitedText(until);
  try {
    signal.throwIfAborted();
    for await (const chunk of bytesOf(stream)) {
      await terminal.writeAndWait(chunk);
      if (awaited?.found(chunk) === true) return 'found';
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stream.destroy();
  }
  signal.throwIfAborted();
  return end;
}

/** The pieces of a stream until it ends or is closed under our hands, which is no error here. */
async function* bytesOf(stream: Duplex): AsyncGenerator<Uint8Array> {
  try {
    // A socket without an encoding gives Buffers; its type does not say so.
    for await (const chunk of stream as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    if (!stream.destroyed) throw error;
  }
}

/** Sends keys to the guest until disposed of. */
function passKeys(terminal: Terminal, stream: Duplex, onEscape: () => void): Disposable {
  const { stdin } = terminal.streams;
  const raw = rawKeys(stdin);
  const listener = (typed: Buffer) => {
    const escape = stdin.isTTY ? typed.indexOf(escapeByte) : -1;
    if (!stream.destroyed) stream.write(escape === -1 ? typed : typed.subarray(0, escape));
    if (escape !== -1) onEscape();
  };
  stdin.on('data', listener);
  stdin.resume();
  return {
    [Symbol.dispose]: () => {
      stdin.off('data', listener);
      stdin.pause();
      // A pipe that nobody closes would keep the process alive.
      if (!stdin.isTTY) stdin.destroy();
      raw[Symbol.dispose]();
    },
  };
}

/** Looks for a text in bytes that come in pieces of any size. */
export class AwaitedText {
  readonly #wanted: Buffer;
  #tail: Buffer = Buffer.alloc(0);

  constructor(text: string) {
    if (text === '') throw new AppError('invalid-input', 'The text to wait for is empty.');
    this.#wanted = Buffer.from(text);
  }

  /** Whether the text has come by the end of this piece. */
  found(chunk: Uint8Array): boolean {
    const seen = Buffer.concat([this.#tail, chunk]);
    if (seen.includes(this.#wanted)) return true;
    this.#tail = seen.subarray(Math.max(seen.length - this.#wanted.length + 1, 0));
    return false;
  }
}
