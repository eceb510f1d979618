import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { AppError } from '../contract/errors.ts';

/** Longer than any form of ours, in bytes. */
const maxFormBytes = 4096;

/** Reads a form that was sent. @throws AppError `invalid-input` if it is too long */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > maxFormBytes) throw new AppError('invalid-input', 'The form is too long.');
    pieces.push(piece);
  }
  return new URLSearchParams(Buffer.concat(pieces).toString('utf8'));
}

export function redirectHome(response: ServerResponse): void {
  response.writeHead(303, { location: '/', 'cache-control': 'no-store' }).end();
}

/** Refuses what would have become a WebSocket. */
export function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/**
 * Headers of every answer.
 * @param names under which the server is reached, with their ports
 * @param hasForms whether the page may have some, which then lead nowhere else
 */
export function securityHeaders(
  names: Iterable<string>,
  { isSecure, hasForms }: { isSecure: boolean; hasForms: boolean },
): Record<string, string> {
  // Not every browser counts WebSockets of the same host as 'self'. A policy can't name an IPv6 address.
  const named = [...names].filter((host) => !host.startsWith('['));
  const sockets = named.map((host) => `${isSecure ? 'wss' : 'ws'}://${host}`);
  return {
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
      `font-src 'self'; connect-src 'self' ${sockets.join(' ')}; base-uri 'none'; form-action ${hasForms ? "'self'" : "'none'"}; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'x-frame-options': 'DENY',
    ...(isSecure ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
}
