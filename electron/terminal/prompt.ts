import { StringDecoder } from 'node:string_decoder';
import { AppError } from '../contract/errors.ts';
import { rawKeys, type Terminal } from './terminal.ts';

/** As long as Tart lets a password be. */
const maxAnswerLength = 8192;

/**
 * Asks a person for one line; of a secret, nothing is shown while it is typed.
 * @throws AppError `cancelled` for Ctrl-C and Ctrl-D, `invalid-input` where nobody can be asked
 */
export async function ask(terminal: Terminal, question: string, { secret = false } = {}): Promise<string> {
  const { stdin } = terminal.streams;
  if (!stdin.isTTY)
    throw new AppError('invalid-input', 'There is no terminal to ask in.', {
      hint: 'Give --username and --password-stdin.',
    });
  terminal.say(question);
  using _keys = rawKeys(stdin);
  try {
    const line = new TypedLine(secret ? () => undefined : (text) => terminal.writeRawError(text));
    for await (const bytes of keysOf(stdin, terminal.interrupted)) if (line.take(bytes)) return line.text;
    throw new AppError('cancelled', 'Cancelled.');
  } finally {
    terminal.say('\n');
    stdin.pause();
  }
}

/** Everything that is typed, until the terminal goes away. Leaves the stream open for the next question. */
async function* keysOf(stdin: NodeJS.ReadStream, signal: AbortSignal): AsyncGenerator<Buffer> {
  const iterator = stdin.iterator({ destroyOnReturn: false });
  for await (const bytes of iterator as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    yield bytes;
  }
}

const keys = { interrupt: '\u0003', end: '\u0004', backspace: '\u0008', delete: '\u007f', clear: '\u0015' } as const;

/** A line in the making: what the terminal's own editing would do, which is off while keys come raw. */
export class TypedLine {
  readonly #echo: (text: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #characters: string[] = [];

  constructor(echo: (text: string) => void) {
    this.#echo = echo;
  }

  get text(): string {
    return this.#characters.join('');
  }

  /** Takes in what was typed; whether the line is done. @throws AppError `cancelled`, `invalid-input` if it is too long */
  take(bytes: Buffer): boolean {
    for (const character of this.#decoder.write(bytes)) {
      if (character === '\r' || character === '\n') return true;
      this.#type(character);
    }
    return false;
  }

  #type(character: string): void {
    if (character === keys.interrupt || (character === keys.end && this.#characters.length === 0))
      throw new AppError('cancelled', 'Cancelled.');
    if (character === keys.backspace || character === keys.delete) this.#erase(1);
    else if (character === keys.clear) this.#erase(this.#characters.length);
    else if (!/\p{Cc}/u.test(character)) {
      if (this.#characters.length >= maxAnswerLength)
        throw new AppError('invalid-input', `An answer may have ${maxAnswerLength} characters at most.`);
      this.#characters.push(character);
      this.#echo(character);
    }
  }

  #erase(count: number): void {
    const erased = this.#characters.splice(this.#characters.length - Math.min(count, this.#characters.length)).length;
    this.#echo('\b \b'.repeat(erased));
  }
}

/** All of standard input as text without the newlines at its end, as `--password-stdin` is given. */
export async function secretFromInput(terminal: Terminal): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const bytes of terminal.streams.stdin as AsyncIterable<Buffer>) {
    length += bytes.length;
    // Four bytes a character at most.
    if (length > maxAnswerLength * 4)
      throw new AppError('invalid-input', 'What came on standard input is too long for a password.');
    pieces.push(bytes);
  }
  return Buffer.concat(pieces)
    .toString('utf8')
    .replace(/[\r\n]+$/, '');
}
