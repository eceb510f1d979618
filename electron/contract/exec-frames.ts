import { z } from 'zod';
import { AppError, errorInfoSchema } from './errors.ts';
import { parseInput } from './parse-input.ts';

/** A program and its arguments; no shell reads them. */
export const commandSchema = z.array(z.string().max(65_536)).min(1).max(1000);

const terminalSizeSchema = z.object({
  rows: z.number().int().min(1).max(65_535),
  columns: z.number().int().min(1).max(65_535),
});

/** What is run: with a terminal of that size, and with input or without. */
const execStartSchema = z.object({
  command: commandSchema,
  tty: terminalSizeSchema.optional(),
  stdin: z.boolean().default(false),
});
export type ExecStart = z.output<typeof execStartSchema>;

/** Frames whose payload is JSON. The caller sends `start` first, and only once. */
const valueSchemas = {
  start: execStartSchema,
  resize: terminalSizeSchema,
  exit: z.object({ code: z.number().int() }),
  error: errorInfoSchema,
} as const;
type ValueKind = keyof typeof valueSchemas;

/**
 * What a channel `exec` carries. The caller sends `start`, then `stdin` (an empty one ends the input) and `resize`; the
 * other end sends `stdout` and `stderr`, and `exit` or `error` last.
 */
export type ExecFrame =
  | { readonly kind: 'stdin' | 'stdout' | 'stderr'; readonly bytes: Uint8Array }
  | { readonly [K in ValueKind]: { readonly kind: K; readonly value: z.output<(typeof valueSchemas)[K]> } }[ValueKind];

/** A frame's first byte is its kind's place here. */
const kinds = ['start', 'stdin', 'resize', 'stdout', 'stderr', 'exit', 'error'] as const;

/** Kind, then the payload's length as a big-endian 32-bit number. */
const headerBytes = 5;
/** Longest payload, in bytes. */
const maxPayloadBytes = 1024 * 1024;
/** Longest piece of input or output that one frame is given, in bytes: others get their turn between. */
const pieceBytes = 65_536;

/** The bytes of a frame. @throws AppError `invalid-input` if it is too long */
export function encodeExecFrame(frame: ExecFrame): Uint8Array {
  const payload = 'bytes' in frame ? frame.bytes : new TextEncoder().encode(JSON.stringify(frame.value));
  if (payload.length > maxPayloadBytes) throw tooLong();
  const bytes = new Uint8Array(headerBytes + payload.length);
  bytes[0] = kinds.indexOf(frame.kind);
  new DataView(bytes.buffer).setUint32(1, payload.length);
  bytes.set(payload, headerBytes);
  return bytes;
}

/** Input or output in frames of bounded length; nothing for no bytes, which would end the input. */
export function* execPieces(kind: 'stdin' | 'stdout' | 'stderr', bytes: Uint8Array): Generator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += pieceBytes)
    yield encodeExecFrame({ kind, bytes: bytes.subarray(offset, offset + pieceBytes) });
}

/** Reads frames from bytes that come in pieces of any size. Holds one frame at most. */
export class ExecFrameReader {
  readonly #header = new Uint8Array(headerBytes);
  /** Bytes of the header or the payload, whichever is being read, that have come. */
  #filled = 0;
  #payload: Uint8Array | undefined;

  /** The frames that end in these bytes. @throws AppError `invalid-input` for bytes that are no frames */
  *take(bytes: Uint8Array): Generator<ExecFrame> {
    for (let offset = 0; ;) {
      const target = this.#payload ?? this.#header;
      const piece = bytes.subarray(offset, offset + target.length - this.#filled);
      target.set(piece, this.#filled);
      this.#filled += piece.length;
      offset += piece.length;
      if (this.#filled < target.length) return;
      this.#filled = 0;
      if (this.#payload === undefined) this.#payload = this.#payloadToCome();
      else {
        const payload = this.#payload;
        this.#payload = undefined;
        yield frameOf(this.#header[0], payload);
      }
    }
  }

  #payloadToCome(): Uint8Array {
    const length = new DataView(this.#header.buffer).getUint32(1);
    if (length > maxPayloadBytes) throw tooLong();
    return new Uint8Array(length);
  }
}

function frameOf(place: number | undefined, payload: Uint8Array): ExecFrame {
  const kind = kinds[place ?? -1];
  if (kind === undefined) throw new AppError('invalid-input', 'A frame has a kind that there is not.');
  if (kind === 'stdin' || kind === 'stdout' || kind === 'stderr') return { kind, bytes: payload };
  // Kind and value belong together, which the compiler can't follow through an index.
  return { kind, value: parseInput(valueSchemas[kind], jsonOf(payload)) } as ExecFrame;
}

function jsonOf(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (error) {
    throw new AppError('invalid-input', 'A frame is not JSON.', { cause: error });
  }
}

function tooLong(): AppError {
  return new AppError('invalid-input', 'A frame is too long.');
}
