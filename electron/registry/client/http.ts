import { Readable } from 'node:stream';
import { createSecureContext } from 'node:tls';
import { Agent, type Dispatcher, ProxyAgent, request as send } from 'undici';
import { AppError } from '../../contract/errors.ts';
import { appVersion } from '../../host/host-facts.ts';
import type { Route } from '../disk/route.ts';
import { networkFailure } from './network-failure.ts';
import { proxyFor } from './proxy.ts';
import { trustedCertificates } from './trust.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Of unknown length unless `content-length` is among the headers. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** How long the answer may take to begin after the last byte was sent. */
  readonly answerMs?: number | undefined;
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly url: URL;
  /** Several of one name joined by commas. */
  header(name: string): string | undefined;
  /** The body; `undefined` as soon as it turns out to be longer. */
  bytes(limit: number): Promise<Uint8Array | undefined>;
  /** The start of the body, for words about an error. Never fails. */
  start(limit: number): Promise<string>;
}

export interface HttpOptions {
  /** For words about failures, and for what is trusted: `host[:port]`. */
  readonly host: string;
  readonly caFiles?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** How long nothing may come or go, and how long connecting may take. */
  readonly stallMs?: number | undefined;
}

const defaultStallMs = 30_000;
/** A server in a hurry to begin is rare: some look a manifest up in slow storage first. */
const defaultAnswerMs = 60_000;
/** Servers send one or two. */
const maxInterimAnswers = 20;
/** More than this is not read only to keep a connection. */
const worthReading = 64 * 1024;

/**
 * Requests to one registry and to where it sends us. Follows no redirect, keeps no cookies (a registry that finds one of its web
 * pages' demands the rest of that session too), and goes through the proxy that the environment names.
 */
export class Http implements AsyncDisposable {
  readonly #options: HttpOptions;
  readonly #dispatchers = new Map<string, Dispatcher>();
  #certificates: { readonly list: readonly string[] | undefined } | undefined;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /**
   * Sends a request and gives the answer to `read`; whatever that leaves of the body is thrown away.
   * @throws Temporary, AppError `certificate-not-trusted`, `registry-unreachable`, and what `read` throws
   */
  async exchange<T>(request: HttpRequest, read: (response: HttpResponse) => Promise<T> | T): Promise<T> {
    const { method, url, headers = {}, body, answerMs = defaultAnswerMs, signal } = request;
    const stallMs = this.#options.stallMs ?? defaultStallMs;
    const source = sourceOf(body);
    const hints = new HintLimit(this.#options.host);
    try {
      const dispatcher = this.#dispatcher(url);
      const {
        statusCode,
        headers: fields,
        body: answer,
      } = await send(url, {
        method,
        headers: { 'user-agent': `Tatin/${appVersion()} (${process.platform})`, ...headers },
        body: source.body,
        headersTimeout: Math.max(answerMs, stallMs),
        bodyTimeout: stallMs,
        signal: AbortSignal.any([signal, hints.signal]),
        onInfo: () => hints.count(),
        dispatcher,
      });
      // Late errors of a body that nobody reads any more are nobody's.
      answer.on('error', () => undefined);
      try {
        return await read(responseOf(statusCode, url, fields, answer));
      } finally {
        await discard(answer, Number(fields['content-length'] ?? worthReading));
      }
    } catch (error) {
      signal.throwIfAborted();
      // A disk that can't be read is not a network that can't.
      if (source.failure !== undefined) throw source.failure.reason;
      throw networkFailure(error, this.#options.host, url);
    }
  }

  /** How a worker thread of its own reaches an address. @throws AppError */
  route(url: URL): Route {
    return { proxy: proxyFor(url, this.#env), ca: url.protocol === 'https:' ? this.#trusted() : undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#dispatchers.values()].map((dispatcher) => dispatcher.destroy()));
    this.#dispatchers.clear();
  }

  get #env(): Readonly<Record<string, string | undefined>> {
    return this.#options.env ?? process.env;
  }

  /** Read when the first secure connection is made, since that takes a while. */
  #trusted(): readonly string[] | undefined {
    const { host, caFiles } = this.#options;
    this.#certificates ??= { list: trustedCertificates(host, { caFiles, env: this.#env }) };
    return this.#certificates.list;
  }

  #dispatcher(url: URL): Dispatcher {
    const { proxy, ca } = this.route(url);
    const key = `${url.protocol} ${proxy ?? ''}`;
    const known = this.#dispatchers.get(key);
    if (known !== undefined) return known;
    const timeout = this.#options.stallMs ?? defaultStallMs;
    const tls = { timeout, ...(ca === undefined ? {} : { secureContext: createSecureContext({ ca: [...ca] }) }) };
    const made =
      proxy === undefined
        ? new Agent({ connect: tls, allowH2: false })
        : new ProxyAgent({ uri: proxy, requestTls: tls, connect: { timeout }, allowH2: false });
    this.#dispatchers.set(key, made);
    return made;
  }
}

/** Ends a request whose answer never comes because ever more interim ones (1xx) do: they start every timeout anew. */
class HintLimit {
  readonly #host: string;
  readonly #abort = new AbortController();
  #count = 0;

  constructor(host: string) {
    this.#host = host;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  count(): void {
    this.#count++;
    if (this.#count <= maxInterimAnswers) return;
    const problem = 'it sends interim answers without end, and never a final one';
    const error = new AppError('registry-unreachable', `${this.#host} can’t be used: ${problem}.`, { retry: true });
    this.#abort.abort(error);
  }
}

interface Source {
  readonly body: Uint8Array | Readable | null;
  /** What reading it failed with. */
  failure?: { readonly reason: unknown };
}

function sourceOf(body: HttpRequest['body']): Source {
  if (body === undefined || body instanceof Uint8Array) return { body: body ?? null };
  const noting = async function* () {
    try {
      yield* body;
    } catch (reason) {
      source.failure = { reason };
      throw reason;
    }
  };
  const source: Source = { body: Readable.from(noting(), { objectMode: false }) };
  return source;
}

function responseOf(
  status: number,
  url: URL,
  fields: Dispatcher.ResponseData['headers'],
  body: Dispatcher.ResponseData['body'],
): HttpResponse {
  const header = (name: string) => {
    const value = fields[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  return {
    status,
    url,
    header,
    bytes: async (limit) => {
      if (Number(header('content-length') ?? 0) > limit) return undefined;
      const { bytes, isWhole } = await collect(body, limit);
      return isWhole ? bytes : undefined;
    },
    start: async (limit) => {
      const { bytes } = await collect(body, limit).catch(() => ({ bytes: Buffer.alloc(0) }));
      return bytes.toString('utf8');
    },
  };
}

/** What comes, up to the limit. */
async function collect(body: AsyncIterable<Buffer>, limit: number): Promise<{ bytes: Buffer; isWhole: boolean }> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of body) {
    pieces.push(piece);
    length += piece.length;
    if (length > limit) return { bytes: Buffer.concat(pieces).subarray(0, limit), isWhole: false };
  }
  return { bytes: Buffer.concat(pieces), isWhole: true };
}

/** A short rest is read, so that the connection can be used again; a long one ends it. */
async function discard(body: Dispatcher.ResponseData['body'], lengthBytes: number): Promise<void> {
  if (body.destroyed || body.readableEnded) return;
  if (lengthBytes <= worthReading) await body.dump({ limit: worthReading }).catch(() => undefined);
  body.destroy();
}
