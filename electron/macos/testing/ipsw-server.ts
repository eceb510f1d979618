import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the server departs from what Apple's do. */
export interface Manner {
  /** Named in the header; `undefined` names none. */
  digest?: string | undefined;
  /** Cuts the connection after so many bytes of a body, as many times as there are numbers. */
  breaks?: number[];
  ranges?: boolean;
  /** Answers this to everything. */
  status?: number;
  /** Answers this to HEAD only. */
  headStatus?: number;
  /** Answers this to a request for a part. */
  rangeStatus?: number;
  /** Answers a request for a part with another part. */
  wrongPart?: boolean;
  etag?: string;
  /** Sends so many bytes and then waits until it is closed. */
  stallAfter?: number | undefined;
}

/** An image on a server of this computer. */
export class IpswServer implements AsyncDisposable {
  manner: Manner;
  image: Buffer;
  /** Of each request for the content, in their order. */
  readonly ranges: (string | undefined)[] = [];
  readonly #server: Server;

  private constructor(image: Buffer) {
    this.image = image;
    this.manner = { digest: sha256Of(image) };
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async open(image: Buffer): Promise<IpswServer> {
    const server = new IpswServer(image);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    // A server that listens on a port has an address of this kind.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/UniversalMac.ipsw`;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { manner, image } = this;
    const { range, 'if-range': validator } = request.headers;
    const etag = manner.etag ?? '"one"';
    if (request.method === 'GET') this.ranges.push(range);
    const asked =
      validator === undefined || validator === etag ? Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0) : 0;
    const start = manner.ranges === false ? 0 : asked;
    const status = this.#status(request.method ?? '', start);
    if (status >= 300) {
      response.writeHead(status).end();
      return;
    }
    const first = manner.wrongPart === true && start > 0 ? start - 1 : start;
    response.writeHead(status, {
      'content-length': image.length - first,
      etag,
      ...(start > 0 ? { 'content-range': `bytes ${first}-${image.length - 1}/${image.length}` } : {}),
      ...(manner.ranges === false ? {} : { 'accept-ranges': 'bytes' }),
      ...(manner.digest === undefined ? {} : { 'x-amz-meta-digest-sha256': manner.digest }),
    });
    if (request.method === 'HEAD') response.end();
    else this.#send(response, image.subarray(first));
  }

  #status(method: string, start: number): number {
    const { status, headStatus, rangeStatus } = this.manner;
    if (status !== undefined) return status;
    if (method === 'HEAD' && headStatus !== undefined) return headStatus;
    if (start === 0) return 200;
    return rangeStatus ?? 206;
  }

  #send(response: ServerResponse, bytes: Buffer): void {
    const cut = this.manner.breaks?.shift();
    if (cut !== undefined) response.write(bytes.subarray(0, cut), () => response.destroy());
    else if (this.manner.stallAfter === undefined) response.end(bytes);
    else response.write(bytes.subarray(0, this.manner.stallAfter));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
