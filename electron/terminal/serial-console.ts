import type { Duplex } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { AppError } from '../contract/errors.ts';
import { printableText } from '../contract/printable.ts';
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
 * Shows what a guest says on its serial port, beginning with what it said since it started. Who types to it has its
 * console, and a pipe or a file gets its bytes; a terminal that only looks on gets text, which can't steer it. Closes
 * the stream at the end. @throws the signal's reason
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
  const text = terminal.size === undefined || interactive ? undefined : new SerialText();
  try {
    signal.throwIfAborted();
    for await (const chunk of bytesOf(stream)) {
      await terminal.writeRawAndWait(text?.shown(chunk) ?? chunk);
      if (awaited?.found(chunk) === true) return 'found';
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stream.destroy();
  }
  signal.throwIfAborted();
  return end;
}

/** The colours of a boot log say nothing that is missed without them (ECMA-48, SGR). */
// eslint-disable-next-line no-control-regex -- it is what is looked for
const colours = /\u001b\[[0-9;]*m/g;
/** What may become one with the next piece, or a line break of two characters; no colour is longer than a few bytes. */
// eslint-disable-next-line no-control-regex -- as above
const begun = /(?:\r|\u001b(?:\[[0-9;]{0,32})?)$/;

/** What a guest says in pieces of any size, as text that may stand in a terminal. */
export class SerialText {
  readonly #decoder = new StringDecoder('utf8');
  #held = '';

  /** What can be shown by now. The beginning of something longer is held back until the rest is there. */
  shown(chunk: Buffer): string {
    const all = this.#held + this.#decoder.write(chunk);
    this.#held = begun.exec(all)?.[0] ?? '';
    return printableText(all.slice(0, all.length - this.#held.length).replace(colours, ''));
  }
}

/** The pieces of a stream until it ends or is closed under our hands, which is no error here. */
async function* bytesOf(stream: Duplex): AsyncGenerator<Buffer> {
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
