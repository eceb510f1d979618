import { once } from 'node:events';
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
  type ServerResponse,
  createServer,
  request as forward,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What goes wrong with one request. Bytes are of the answer's body, if nothing else is said. */
export type Fault =
  /** Is not passed on at all. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfter?: string;
      readonly headers?: Record<string, string>;
      readonly body?: string | Uint8Array;
    }
  /** These bytes instead of an answer, then others again and again until the other side goes; `close`: or the end. */
  | { readonly kind: 'raw'; readonly bytes: string; readonly then: 'close' | 'stay' | { readonly repeat: string } }
  /** To the same path on another server: `http://host:port`. */
  | { readonly kind: 'redirect'; readonly to: string; readonly status?: 301 | 302 | 303 | 307 | 308 }
  /** The connection breaks after so many bytes. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** The connection breaks after so many bytes of the request's body. */
  | { readonly kind: 'cut-request'; readonly afterBytes: number }
  /** Nothing more comes, and the connection stays. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** A whole answer, which is shorter than it should be. */
  | { readonly kind: 'truncate'; readonly toBytes: number }
  /** A whole answer, with so many bytes too many. */
  | { readonly kind: 'too-long'; readonly extraBytes: number }
  /** One byte is another. */
  | { readonly kind: 'wrong-byte'; readonly atByte: number }
  /** Comes in small pieces, with a pause before each. */
  | { readonly kind: 'trickle'; readonly pieceBytes: number; readonly pauseMs: number };

export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The fault that it met. */
  readonly fault?: Fault['kind'] | undefined;
}

export interface Rule {
  readonly when: (request: SeenRequest) => boolean;
  readonly fault: Fault;
  /** How many requests meet it before it is over; all if not said. */
  readonly times?: number;
}

export interface FaultProxy extends AsyncDisposable {
  /** `127.0.0.1:port` */
  readonly host: string;
  readonly url: string;
  /** Every request, in order. */
  readonly requests: readonly SeenRequest[];
  /** Replaces what goes wrong. */
  plan(rules: readonly Rule[]): void;
}

/** Requests for the bytes of blobs. */
export const ofBlobs = ({ method, path }: SeenRequest): boolean => method === 'GET' && path.includes('/blobs/sha256:');

interface Plan {
  rules: { readonly rule: Rule; left: number }[];
  readonly requests: SeenRequest[];
}

/**
 * A server before a registry (`http://host:port`) that spoils what passes, by the first rule that fits each request; the
 * registry's own addresses lead back through it.
 */
export async function startFaultProxy(target: string, rules: readonly Rule[] = []): Promise<FaultProxy> {
  const plan: Plan = { rules: [], requests: [] };
  const setPlan = (next: readonly Rule[]) => {
    plan.rules = next.map((rule) => ({ rule, left: rule.times ?? Number.POSITIVE_INFINITY }));
  };
  setPlan(rules);
  const server = createServer((request, response) => {
    serve(request, response, target, plan).catch(() => response.destroy());
  });
  // A stalled connection is to be ended by the waiting end.
  server.requestTimeout = server.headersTimeout = 0;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  // A server that listens on a port has an address with one.
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}`,
    requests: plan.requests,
    plan: setPlan,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(request: IncomingMessage, response: ServerResponse, target: string, plan: Plan): Promise<void> {
  const seen = { method: request.method ?? '', path: request.url ?? '', headers: request.headers };
  const met = plan.rules.find(({ rule, left }) => left > 0 && rule.when(seen));
  if (met !== undefined) met.left--;
  const fault = met?.rule.fault;
  plan.requests.push({ ...seen, fault: fault?.kind });
  if (fault?.kind === 'status') {
    const { status, retryAfter, headers = {}, body = '' } = fault;
    request.resume();
    response
      .writeHead(status, { ...headers, ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }) })
      .end(body);
  } else if (fault?.kind === 'raw') await answerRaw(response, fault);
  else if (fault?.kind === 'redirect') {
    request.resume();
    response.writeHead(fault.status ?? 307, { location: new URL(seen.path, fault.to).href }).end();
  } else await pass(request, response, target, fault);
}

async function answerRaw({ socket }: ServerResponse, { bytes, then }: Extract<Fault, { kind: 'raw' }>): Promise<void> {
  socket?.write(bytes, 'latin1');
  if (then === 'close') socket?.end();
  if (socket === null || typeof then === 'string') return;
  const piece = Buffer.from(then.repeat.repeat(Math.ceil(16_384 / then.repeat.length)), 'latin1');
  while (!socket.destroyed) {
    if (socket.write(piece)) await delay(1);
    else await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
  }
}

async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
  fault: Fault | undefined,
): Promise<void> {
  const { method, url, headers } = request;
  const options: RequestOptions = { method, headers, agent: false };
  const onward = forward(new URL(url ?? '', target), options);
  // Whichever end goes, the other follows.
  response.on('close', () => onward.destroy());
  onward.on('error', () => response.destroy());
  if (fault?.kind === 'cut-request') cutRequest(request, fault.afterBytes, () => onward.destroy());
  request.pipe(onward);
  const [answer] = (await once(onward, 'response')) as [IncomingMessage];
  const length = lengthOf(answer, fault);
  const head = { ...answer.headers, ...(length === undefined ? {} : { 'content-length': String(length) }) };
  response.writeHead(answer.statusCode ?? 500, head);
  // Node holds the head back for the first byte of the body, which of a stalled answer may never come.
  response.flushHeaders();
  const isWhole = await copy(answer, response, fault);
  if (!isWhole) return;
  if (fault?.kind === 'too-long') response.write(Buffer.alloc(fault.extraBytes, 'x'));
  response.end();
}

function cutRequest(request: IncomingMessage, afterBytes: number, cut: () => void): void {
  let seen = 0;
  request.on('data', (bytes: Buffer) => {
    seen += bytes.length;
    if (seen < afterBytes) return;
    cut();
    request.destroy();
  });
}

function lengthOf({ headers }: IncomingMessage, fault: Fault | undefined): number | undefined {
  const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
  if (length === undefined) return undefined;
  if (fault?.kind === 'truncate') return Math.min(fault.toBytes, length);
  return fault?.kind === 'too-long' ? length + fault.extraBytes : length;
}

/** Whether the answer is to be ended properly. */
async function copy(answer: IncomingMessage, response: ServerResponse, fault: Fault | undefined): Promise<boolean> {
  let position = 0;
  const end = fault?.kind === 'truncate' ? fault.toBytes : breakAt(fault);
  // An answer's pieces are bytes, since no encoding is set.
  for await (const bytes of answer as AsyncIterable<Buffer>) {
    const piece = bytes.subarray(0, Math.max(0, end - position));
    if (fault?.kind === 'wrong-byte' && fault.atByte >= position && fault.atByte < position + piece.length)
      piece.writeUInt8(piece.readUInt8(fault.atByte - position) ^ 0xff, fault.atByte - position);
    await write(response, piece, fault);
    position += bytes.length;
    if (position >= end) break;
  }
  if (position < end || fault?.kind === 'truncate') return true;
  if (fault?.kind === 'cut') response.destroy();
  return false;
}

function breakAt(fault: Fault | undefined): number {
  return fault?.kind === 'cut' || fault?.kind === 'stall' ? fault.afterBytes : Number.POSITIVE_INFINITY;
}

async function write(response: ServerResponse, bytes: Buffer, fault: Fault | undefined): Promise<void> {
  const { pieceBytes, pauseMs } = fault?.kind === 'trickle' ? fault : { pieceBytes: bytes.length, pauseMs: 0 };
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    if (pauseMs > 0) await delay(pauseMs);
    // Whoever waits at the other end of a cut wants the bytes before it.
    await new Promise<void>((resolve, reject) => {
      response.write(bytes.subarray(start, start + pieceBytes), (error) => (error ? reject(error) : resolve()));
    });
  }
}
