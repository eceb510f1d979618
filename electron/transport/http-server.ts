import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { AppError } from '../contract/errors.ts';

/** Texts in PEM. */
export interface TlsPair {
  readonly certificate: string;
  readonly key: string;
}

/** How long somebody may take for the head of a request, and for a TLS handshake, in milliseconds. */
const headTimeoutMs = 20_000;

const timeouts = {
  headersTimeout: headTimeoutMs,
  /** For a whole request: forms are short. What is sent to it may take longer. */
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
};

/** @throws AppError `invalid-input` for a certificate or key that is none */
export function makeServer(tls: TlsPair | undefined, listener: RequestListener): Server {
  return tls === undefined ? createServer(timeouts, listener) : tlsServer(tls, listener);
}

/** @throws AppError `port-taken`, `invalid-input`, `not-allowed` */
export async function listenOn(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(inWords(error, host, port)));
    server.listen(port, host, resolve);
  });
}

function tlsServer({ certificate, key }: TlsPair, listener: RequestListener): Server {
  try {
    return createTlsServer({ cert: certificate, key, handshakeTimeout: headTimeoutMs, ...timeouts }, listener);
  } catch (error) {
    throw new AppError('invalid-input', 'The certificate or its key can’t be used for TLS.', {
      hint: 'Both must be PEM files, and the key the one of the certificate.',
      details: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}

function inWords(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE')
    return new AppError('port-taken', `Port ${port} of ${host} is taken by another program.`, {
      hint: 'Choose another with --port.',
      cause: error,
    });
  if (error.code === 'EADDRNOTAVAIL')
    return new AppError('invalid-input', `${host} is not an address of this computer.`, { cause: error });
  if (error.code === 'EACCES')
    return new AppError('not-allowed', `Port ${port} may only be used by root.`, {
      hint: 'Choose one above 1023.',
      cause: error,
    });
  return error;
}
