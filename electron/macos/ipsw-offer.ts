import { createHash } from 'node:crypto';
import { AppError } from '../contract/errors.ts';

/** What a server says of an image before it is fetched. */
export interface IpswOffer {
  readonly bytes: number | undefined;
  /** Hex, of the whole image; Apple's servers name it. */
  readonly sha256: string | undefined;
  /** Names this content: the digest, or else what the server says of its version. */
  readonly key: string;
  /** Whether a later part can be had by itself, and would be known to be of the same content. */
  readonly resumable: boolean;
  /** Names the version to the server, so that it sends the whole where it has another by now (RFC 9110, If-Range). */
  readonly validator: string | undefined;
}

/** Servers that do not know the question answer with these; the image can be had from them all the same. */
const headUnknown = [405, 501];

/** Asks the server what it has. @throws AppError `image-unavailable`, `image-not-found`, `cancelled` */
export async function askForIpsw(url: string, signal: AbortSignal): Promise<IpswOffer> {
  const { status, headers } = await sendRequest(url, { method: 'HEAD', signal }, headUnknown);
  if (headUnknown.includes(status)) return unknownOffer(url);
  const length = headers.get('content-length');
  const sha256 = /^[0-9a-f]{64}$/i.exec(headers.get('x-amz-meta-digest-sha256') ?? '')?.[0].toLowerCase();
  const etag = headers.get('etag') ?? undefined;
  const modified = headers.get('last-modified') ?? undefined;
  // A weak one does not promise the same bytes.
  const validator = etag?.startsWith('"') === true ? etag : modified;
  return {
    bytes: length === null ? undefined : Number(length),
    sha256,
    key: sha256 ?? digestOf(`${etag ?? ''}\n${modified ?? ''}\n${length ?? ''}`),
    resumable: headers.get('accept-ranges') === 'bytes' && (sha256 ?? validator) !== undefined,
    validator,
  };
}

function unknownOffer(url: string): IpswOffer {
  return { bytes: undefined, sha256: undefined, key: digestOf(url), resumable: false, validator: undefined };
}

/** SHA-256 in hex. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Sends a request; of what is answered, 2xx and the `allowed` are for the caller.
 * @throws AppError `image-unavailable`, `image-not-found`, `cancelled`
 */
export async function sendRequest(
  url: string,
  init: { method?: string; headers?: Readonly<Record<string, string>>; signal: AbortSignal },
  allowed: readonly number[] = [],
): Promise<Response> {
  const { host } = new URL(url);
  // What is compressed on its way has neither the length nor the ranges of the image.
  const headers = { 'accept-encoding': 'identity', ...init.headers };
  let answer: Response;
  try {
    answer = await fetch(url, { ...init, headers });
  } catch (error) {
    if (init.signal.aborted) throw AppError.from(init.signal.reason);
    throw new AppError('image-unavailable', `${host} can't be reached.`, {
      hint: 'Check the network connection, and try again. What was downloaded is kept.',
      details: error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error),
      retry: true,
      cause: error,
    });
  }
  if (answer.ok || allowed.includes(answer.status)) return answer;
  await answer.body?.cancel();
  const missing = [403, 404, 410].includes(answer.status);
  throw new AppError(
    missing ? 'image-not-found' : 'image-unavailable',
    `${host} answered ${answer.status} for the image.`,
    { hint: missing ? 'It may have been withdrawn. Choose another version.' : undefined, retry: !missing },
  );
}
