import { StringDecoder } from 'node:string_decoder';
import type { ByteChannel } from '../contract/contract.ts';
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
 * the channel at the end. @throws the signal's reason, AppError `connection-lost` if the channel fails
 */
export async function followSerial(
  terminal: Terminal,
  channel: ByteChannel,
  { interactive = false, until }: SerialOptions,
  signal: AbortSignal,
): Promise<SerialEnd> {
  const { promise: ended, resolve, reject } = Promise.withResolvers<SerialEnd>();
  const end = (why: SerialEnd): void => {
    resolve(why);
    channel.close();
  };
  const stop = (): void => {
    // What a signal aborts with is what its owner wants to be thrown.
    reject(signal.reason as Error);
    channel.close();
  };
  const awaited = until === undefined ? undefined : new AwaitedText(until);
  const text = terminal.size === undefined || interactive ? undefined : new SerialText();
  channel.onClose((reason) => {
    if (reason === undefined) resolve('closed');
    else reject(new AppError('connection-lost', reason));
  });
  channel.onData(async (bytes) => {
    await terminal.writeRawAndWait(text?.shown(bytes) ?? bytes);
    if (awaited?.found(bytes) === true) end('found');
  });
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  using _keys = interactive ? passKeys(terminal, channel, () => end('released')) : undefined;
  try {
    return await ended;
  } finally {
    signal.removeEventListener('abort', stop);
    channel.close();
  }
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
  shown(chunk: Uint8Array): string {
    const all = this.#held + this.#decoder.write(chunk);
    this.#held = begun.exec(all)?.[0] ?? '';
    return printableText(all.slice(0, all.length - this.#held.length).replace(colours, ''));
  }
}

/** Sends keys to the guest until disposed of. */
function passKeys(terminal: Terminal, channel: ByteChannel, onEscape: () => void): Disposable {
  const { stdin } = terminal.streams;
  const raw = rawKeys(stdin);
  let isOver = false;
  const listener = (typed: Buffer) => {
    const escape = stdin.isTTY ? typed.indexOf(escapeByte) : -1;
    const keys = escape === -1 ? typed : typed.subarray(0, escape);
    stdin.pause();
    channel.send(keys).then(
      () => {
        if (escape !== -1) onEscape();
        else if (!isOver) stdin.resume();
      },
      // It is closed, which ends the conversation.
      () => undefined,
    );
  };
  stdin.on('data', listener);
  stdin.resume();
  return {
    [Symbol.dispose]: () => {
      isOver = true;
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
