import { errors } from 'undici';
import { AppError } from '../../contract/errors.ts';
import { codeOf } from '../../files/error-codes.ts';
import { Temporary, attemptsOfNonsense, attemptsToConnect } from '../../host/retry.ts';

/** OpenSSL's and Node's codes for a certificate that is not good enough. */
const certificateCode =
  /CERT|^(?:UNABLE_TO_(?:GET|VERIFY)_|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_EXCEEDED$|HOSTNAME_MISMATCH$)/;

/** The other side does not speak TLS, or not such a one. */
const noTlsCodes = ['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_HTTP_REQUEST'];

/** Nobody is there. */
const nobodyCodes: readonly string[] = ['ENOTFOUND', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'];

/** What a request failed with, in the user's words: a Temporary where trying again may help. What is an error of ours stays one. */
export function networkFailure(error: unknown, host: string, url: URL): unknown {
  if (error instanceof AppError || error instanceof Temporary) return error;
  const code = codeInside(error);
  const where = url.host === host ? host : `${url.host}, where ${host} sent us,`;
  if (code !== undefined && certificateCode.test(code)) return notTrusted(error, where, code);
  if (code !== undefined && noTlsCodes.includes(code))
    return new AppError('registry-unreachable', `${where} did not answer with encryption that Tatin understands.`, {
      hint: 'If it is a registry without encryption that you trust, use --insecure (in the window: “Without encryption”).',
      cause: error,
    });
  if (!isOfNetwork(error, code)) return error;
  const reason = reasonFor(error, code);
  return new Temporary(
    new AppError('registry-unreachable', `${where} can’t be reached: ${reason}.`, {
      hint: 'Check the name and the network, and try again.',
      retry: true,
      cause: error,
    }),
    { maxAttempts: maxAttemptsAfter(error, code) },
  );
}

function maxAttemptsAfter(error: unknown, code: string | undefined): number | undefined {
  if (code !== undefined && nobodyCodes.includes(code)) return attemptsToConnect;
  return isNonsense(error) ? attemptsOfNonsense : undefined;
}

/** What came is not HTTP. A connection that ended in the middle of an answer (HPE_..._EOF...) was merely cut. */
function isNonsense(error: unknown): boolean {
  return error instanceof errors.HTTPParserError && codeOf(error)?.includes('EOF') !== true;
}

function isOfNetwork(error: unknown, code: string | undefined): boolean {
  // A program's own mistakes have codes too (ERR_...), and are not to be tried again and again.
  // The parser's errors are of a class of their own.
  if (error instanceof errors.HTTPParserError) return true;
  return error instanceof errors.UndiciError || (code !== undefined && /^E(?!RR_)[A-Z_]+$/.test(code)) || isCut(error);
}

/** A body that was cut off comes as a bare TypeError or Error of the parser. */
function isCut(error: unknown): boolean {
  return (
    error instanceof Error &&
    /terminated|other side closed|socket hang up|disconnected before secure/i.test(error.message)
  );
}

function notTrusted(cause: unknown, where: string, code: string): AppError {
  const reasons: Readonly<Record<string, string>> = {
    CERT_HAS_EXPIRED: 'it has expired',
    CERT_NOT_YET_VALID: 'it is not valid yet (or this computer’s clock is wrong)',
    ERR_TLS_CERT_ALTNAME_INVALID: 'it was made for another name',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  };
  return new AppError(
    'certificate-not-trusted',
    `The certificate of ${where} is not trusted: ${reasons[code] ?? 'no authority that this computer trusts has signed it'}.`,
    {
      hint: 'If your organisation signs its own certificates, name the file of its authority in NODE_EXTRA_CA_CERTS or SSL_CERT_FILE, or put it into ~/.docker/certs.d/<host>/ca.crt.',
      details: code,
      cause,
    },
  );
}

function reasonFor(error: unknown, code: string | undefined): string {
  if (code === 'ENOTFOUND') return 'no computer has that name';
  if (code === 'ECONNREFUSED') return 'nothing listens there';
  if (code === 'EAI_AGAIN') return 'names can’t be looked up at the moment';
  if (error instanceof errors.ConnectTimeoutError || code === 'ETIMEDOUT') return 'connecting takes too long';
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError)
    return 'it does not answer any more';
  if (error instanceof errors.HTTPParserError || error instanceof errors.ResponseContentLengthMismatchError)
    return 'what it answers is not HTTP';
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET' || isCut(error))
    return 'the connection was cut off';
  return error instanceof Error ? error.message : 'the connection failed';
}

/** The innermost code: undici wraps the system's error, and several addresses make an AggregateError of theirs. */
function codeInside(error: unknown): string | undefined {
  if (error instanceof AggregateError) return codeInside(error.errors[0]);
  const inner = error instanceof Error && error.cause !== undefined ? codeInside(error.cause) : undefined;
  return inner ?? codeOf(error);
}
