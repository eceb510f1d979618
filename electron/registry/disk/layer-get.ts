import type { Socket } from 'node:net';
import { ChunkReader } from './chunk-reader.ts';
import { type ResponseHead, endOfHead, largestHeadBytes, parseHead } from './http-head.ts';
import { lendMemory } from './lent-memory.ts';
import type { Route } from './route.ts';
import { connectTo, proxyHeaders, requestTarget } from './route.ts';

/** A GET of the bytes of a blob from an offset on. */
export interface LayerGet {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly route: Route;
  /** Bytes that are here already. */
  readonly offset: number;
  /** Of the whole blob, as its descriptor says. */
  readonly sizeBytes: number;
  /** How long nothing may come. */
  readonly stallMs: number;
}

/**
 * How a GET ended. `whole`: the last byte has come. `cut`: some bytes are missing, and another GET may bring them; not often,
 * where the answer `isWrong`.
 */
export type GetOutcome =
  | { readonly kind: 'whole' }
  | { readonly kind: 'cut'; readonly reason: string; readonly isWrong?: boolean }
  | { readonly kind: 'refused'; readonly status: number; readonly retryAfter?: string | undefined };

/** One buffer is read into again and again: fresh memory for every read costs more than the read. */
const readBytes = 512 * 1024;

/**
 * Downloads a blob over a connection of its own and gives each piece to `onBytes`, which must be done with it when it
 * returns. Speaks just enough HTTP/1.1 to read into one buffer of its own, which Node's client and undici can't: over plain
 * HTTP undici 8.12 takes 1.9 times the CPU time for 512 MiB with their digest (0.75 s against 0.39 s), over TLS 1.03 times.
 * `npm run bench -- downloads` measures it again. What `onBytes` throws is thrown here, and ends the connection.
 */
export async function getLayer(
  get: LayerGet,
  onBytes: (bytes: Uint8Array, length: number) => void,
  signal: AbortSignal,
): Promise<GetOutcome> {
  signal.throwIfAborted();
  const body = new Body(get, onBytes);
  const { promise, resolve, reject } = Promise.withResolvers<GetOutcome>();
  const receive = (bytes: Buffer): void => {
    try {
      const outcome = body.receive(bytes);
      if (outcome !== undefined) resolve(outcome);
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const abandon = () => reject(new DOMException('The transfer was cancelled.', 'AbortError'));
  signal.addEventListener('abort', abandon, { once: true });
  let socket: Socket | undefined;
  // Given back when the socket, which reads into it, is gone.
  using memory = lendMemory(readBytes);
  try {
    socket = await connectTo(get.url, get.route, {
      readInto: memory.bytes,
      onBytes: receive,
      timeoutMs: get.stallMs,
      signal,
    }).catch((error: unknown) => {
      signal.throwIfAborted();
      resolve({ kind: 'cut', reason: error instanceof Error ? error.message : String(error) });
      return undefined;
    });
    socket?.on('error', (error) => resolve({ kind: 'cut', reason: error.message }));
    socket?.on('close', () => resolve({ kind: 'cut', reason: 'the connection was closed' }));
    socket?.setTimeout(get.stallMs, () =>
      resolve({ kind: 'cut', reason: `nothing came for ${Math.round(get.stallMs / 1000)} seconds` }),
    );
    socket?.write(requestText(get));
    return await promise;
  } finally {
    signal.removeEventListener('abort', abandon);
    socket?.destroy();
    // Whoever left by another way does not wait for it any more.
    promise.catch(() => undefined);
  }
}

function requestText({ url, headers, route, offset }: LayerGet): string {
  const { host } = new URL(url);
  const all: Record<string, string> = {
    host,
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    // Nobody compresses what is compressed; asked for all the same, since a proxy that did would break every digest.
    'accept-encoding': 'identity',
    connection: 'close',
    ...(offset > 0 ? { range: `bytes=${offset}-` } : {}),
    ...proxyHeaders(url, route),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value.replaceAll(/[\r\n]/g, ' ')}`);
  return `GET ${requestTarget(url, route)} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

/** What has come of one answer. */
class Body {
  readonly #get: LayerGet;
  readonly #onBytes: (bytes: Uint8Array, length: number) => void;
  #head: ResponseHead | undefined;
  #headBytes = Buffer.alloc(0);
  /** Bytes to throw away first: a server that knows no ranges sends all from the start. */
  #skip = 0;
  /** Where the server can't say the length first, the body comes in chunks. */
  #chunks: ChunkReader | undefined;
  /** Where in the blob the next byte belongs. */
  #position: number;

  constructor(get: LayerGet, onBytes: (bytes: Uint8Array, length: number) => void) {
    this.#get = get;
    this.#onBytes = onBytes;
    this.#position = get.offset;
  }

  /** Takes what came; an outcome if that was all that is wanted. */
  receive(bytes: Buffer): GetOutcome | undefined {
    if (this.#head !== undefined) return this.#receiveBody(bytes);
    this.#headBytes = Buffer.concat([this.#headBytes, bytes]);
    const end = endOfHead(this.#headBytes);
    if (end === -1)
      return this.#headBytes.length > largestHeadBytes ? wrong('the answer has no end of its head') : undefined;
    const head = parseHead(this.#headBytes.toString('latin1', 0, end - 4));
    if (head === undefined) return wrong('the answer is not HTTP');
    this.#head = head;
    return this.#begin(head) ?? this.#receiveBody(this.#headBytes.subarray(end));
  }

  #begin({ status, headers }: ResponseHead): GetOutcome | undefined {
    const { offset, sizeBytes } = this.#get;
    if (status !== 200 && status !== 206) return { kind: 'refused', status, retryAfter: headers.get('retry-after') };
    if (!['', 'identity'].includes(headers.get('content-encoding') ?? ''))
      return wrong('the server re-encoded the layer');
    if (/\bchunked\s*$/i.test(headers.get('transfer-encoding') ?? '')) this.#chunks = new ChunkReader();
    const start = status === 206 ? startOfRange(headers.get('content-range')) : 0;
    if (start === undefined || start > offset) return wrong('the server sent another range than was asked for');
    this.#skip = offset - start;
    const length = this.#chunks === undefined ? headers.get('content-length') : undefined;
    if (length !== undefined && Number(length) !== sizeBytes - start)
      return wrong(`the server sends ${length} bytes where ${sizeBytes - start} belong`);
    return undefined;
  }

  #receiveBody(bytes: Buffer): GetOutcome | undefined {
    if (this.#chunks === undefined) return this.#receivePlain(bytes);
    let outcome: GetOutcome | undefined;
    const goesOn = this.#chunks.read(bytes, (piece) => (outcome ??= this.#receivePlain(piece)));
    return outcome ?? (goesOn ? undefined : wrong('the answer is not HTTP'));
  }

  #receivePlain(bytes: Buffer): GetOutcome | undefined {
    const skipped = Math.min(this.#skip, bytes.length);
    this.#skip -= skipped;
    const length = Math.min(bytes.length - skipped, this.#get.sizeBytes - this.#position);
    if (length > 0) this.#onBytes(bytes.subarray(skipped, skipped + length), length);
    this.#position += length;
    return this.#position === this.#get.sizeBytes && this.#skip === 0 ? { kind: 'whole' } : undefined;
  }
}

/** An answer that can't be the layer's bytes, whatever else comes. */
function wrong(reason: string): GetOutcome {
  return { kind: 'cut', reason, isWrong: true };
}

/** "bytes 5-9/10" begins at 5. */
function startOfRange(text: string | undefined): number | undefined {
  const start = /^bytes (\d{1,16})-/.exec(text ?? '')?.[1];
  return start === undefined ? undefined : Number(start);
}
