import { AppError } from '../../contract/errors.ts';
import type { Access, Authorization, Authorized } from './authorization.ts';
import type { Http, HttpRequest, HttpResponse } from './http.ts';
import { refusal } from './refusal.ts';
import { type RetryPolicy, withRetries } from '../../host/retry.ts';

export interface RegistryRequest {
  readonly access: Access;
  readonly method: HttpRequest['method'];
  /** Below `/v2/`, or somewhere that the registry named. */
  readonly path: string | URL;
  /** For words about failures: "the manifest of web:latest". */
  readonly what: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Called for each try. */
  readonly body?: (() => Uint8Array | AsyncIterable<Uint8Array>) | undefined;
  readonly answerMs?: number | undefined;
  /** Does not trust a token that was good before. */
  readonly renewed?: boolean | undefined;
  /** Told before each try what is sent with it. */
  readonly onSent?: ((headers: Readonly<Record<string, string>>) => void) | undefined;
  readonly signal: AbortSignal;
}

/** Makes something of an answer; `refused` for one that is none of those hoped for. */
export type ReadAnswer<T> = (response: HttpResponse) => Promise<T | 'refused'> | T | 'refused';

export interface RequestsOptions {
  readonly http: Http;
  readonly host: string;
  readonly authorization: Authorization;
  readonly retries: RetryPolicy;
  /** `https://host/v2/` */
  readonly base: URL;
}

/** Longer chains than this lead in circles. */
const maxRedirects = 5;

/** Requests to one registry: let in, sent where it says, and tried again. */
export class Requests {
  readonly #options: RequestsOptions;
  readonly #waiting = new Set<(ms: number) => void>();

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Calls `listener` when the registry asks to wait, with how long, until what is returned is disposed of. */
  onWait(listener: (ms: number) => void): Disposable {
    this.#waiting.add(listener);
    return { [Symbol.dispose]: () => void this.#waiting.delete(listener) };
  }

  /** Tells listeners that the registry asks to wait. */
  tellWait(ms: number): void {
    for (const listener of this.#waiting) listener(ms);
  }

  get host(): string {
    return this.#options.host;
  }

  get base(): URL {
    return this.#options.base;
  }

  get retries(): RetryPolicy {
    return this.#options.retries;
  }

  /** Sends a request as often as it takes. @throws AppError */
  async run<T>(request: RegistryRequest, read: ReadAnswer<T>): Promise<T> {
    const tellWait = (ms: number): void => this.tellWait(ms);
    return await withRetries(() => this.once(request, read), this.retries, request.signal, undefined, tellWait);
  }

  /** Sends a request, again only to be let in. @throws Temporary, AppError */
  async once<T>(request: RegistryRequest, read: ReadAnswer<T>): Promise<T> {
    const { authorization, host } = this.#options;
    const { access, what, signal, renewed = false } = request;
    let passage = await authorization.begin(access, signal, { renewed });
    for (;;) {
      const answer = await this.#send(
        request,
        passage,
        async (response): Promise<{ next: Authorized } | { value: T }> => {
          const { status } = response;
          // Where a storage server says so, that is about the address that it was given, not about who we are.
          if ((status === 401 || status === 403) && response.url.origin === this.base.origin) {
            const next = await passage.refused(response, signal);
            if (next !== undefined) return { next };
            throw authorization.refusal(access, status);
          }
          const value = await read(response);
          if (value === 'refused') throw await refusal(response, { host, what, secrets: authorization.secrets });
          return { value };
        },
      );
      if ('value' in answer) return answer.value;
      passage = answer.next;
    }
  }

  /** Follows redirects of what has no body; the login goes to the registry itself and nowhere else. */
  async #send<T>(
    request: RegistryRequest,
    passage: Authorized,
    read: (response: HttpResponse) => Promise<T>,
  ): Promise<T> {
    const { http } = this.#options;
    const { method, headers, body, answerMs, signal } = request;
    let url = new URL(request.path, this.base);
    for (let hops = 0; ; hops++) {
      const isOurs = url.origin === this.base.origin;
      const login = passage.header === undefined || !isOurs ? {} : { authorization: passage.header };
      const all = { ...headers, ...login };
      request.onSent?.(all);
      const answer = await http.exchange(
        { method, url, headers: all, body: body?.(), answerMs, signal },
        async (response): Promise<{ to: URL } | { value: T }> => {
          const to = method === 'GET' || method === 'HEAD' ? this.redirect(response) : undefined;
          return to === undefined ? { value: await read(response) } : { to };
        },
      );
      if ('value' in answer) return answer.value;
      if (hops === maxRedirects)
        throw new AppError(
          'registry-refused',
          `${this.host} sends us in circles: more than ${maxRedirects} redirects.`,
        );
      url = answer.to;
    }
  }

  /** Where an answer sends us; undefined if it does not. @throws AppError `registry-refused` */
  redirect(response: HttpResponse): URL | undefined {
    if (![301, 302, 303, 307, 308].includes(response.status)) return undefined;
    const to = this.locationOf(response);
    if (to === undefined) return undefined;
    // What was asked for with encryption is not to be fetched without.
    if (response.url.protocol === 'https:' && to.protocol !== 'https:')
      throw new AppError('registry-refused', `${this.host} sends us to ${to.host}, and there without encryption.`);
    return to;
  }

  /** The address that an answer names, relative or absolute, its query kept. */
  locationOf(response: HttpResponse): URL | undefined {
    const text = response.header('location');
    const url = text === undefined ? null : URL.parse(text, response.url.href);
    if (url === null || !['http:', 'https:'].includes(url.protocol)) return undefined;
    url.username = url.password = url.hash = '';
    // A registry behind a proxy that does the encryption often does not know of it, and names itself without.
    const { protocol, hostname } = this.base;
    if (protocol === 'https:' && url.protocol === 'http:' && url.hostname === hostname && isDefaultPort(url)) {
      url.protocol = protocol;
      url.port = this.base.port;
    }
    return url;
  }
}

function isDefaultPort({ port }: URL): boolean {
  return ['', '80', '443'].includes(port);
}
