import { z } from 'zod';
import { parseBoundedJson } from '../../files/bounded-json.ts';
import { AppError } from '../../contract/errors.ts';
import type { HttpResponse } from './http.ts';
import { Temporary, isTemporary, retryAfterMs, waitText, worthTellingMs } from '../../host/retry.ts';

/** How much of what a server says about an error is kept; as Tart. */
const maxBodyLength = 1000;

/** As the distribution specification has it; servers add to it and leave out of it. */
const bodySchema = z.object({
  errors: z.array(z.object({ code: z.string().optional(), message: z.string().optional() })).optional(),
  message: z.string().optional(),
  details: z.string().optional(),
});

export interface RefusalContext {
  readonly host: string;
  /** What was asked for: "the manifest of web:latest". */
  readonly what: string;
  /** Never shown, even if the server says them back to us. */
  readonly secrets: readonly string[];
}

/** An answer that is none of those hoped for: a Temporary where the same request may be answered otherwise soon. */
export async function refusal(response: HttpResponse, context: RefusalContext): Promise<AppError | Temporary> {
  const { host, what } = context;
  const { status } = response;
  const said = withoutSecrets(await response.start(maxBodyLength), context.secrets).slice(0, maxBodyLength);
  const details = `HTTP ${status}${said === '' ? '' : `\n${said}`}`;
  const reason = reasonIn(said);
  const because = reason === undefined ? '' : `: ${reason}`;
  if (isTemporary(status)) {
    const problem = status === 429 ? 'got too many requests from this computer' : `has a problem (status ${status})`;
    const asked = retryAfterMs(response.header('retry-after'));
    const wait = asked === undefined || asked < worthTellingMs ? '' : `, and asks to wait ${waitText(asked)}`;
    const error = new AppError('registry-unreachable', `${host} ${problem}${because}${wait}.`, {
      hint: wait === '' ? 'Try again in a while.' : 'Try again after that.',
      retry: true,
      details,
    });
    return new Temporary(error, { retryAfterMs: asked });
  }
  if (status === 404)
    return new AppError('image-not-found', `${host} does not have ${what}${because}.`, {
      hint: 'Check the spelling. It may be private: log in and try again.',
      details,
    });
  const hint = hintFor(status);
  return new AppError('registry-refused', `${host} refused ${what} (status ${status})${because}.`, { hint, details });
}

function hintFor(status: number): string | undefined {
  if (status === 405) return 'The registry may be read-only.';
  if (status === 413)
    return 'The registry takes only smaller pieces: push again with --chunk-size, a number of megabytes.';
  return undefined;
}

/** The server's own words, on one line. */
function reasonIn(text: string): string | undefined {
  const parsed = bodySchema.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const { errors = [], message, details } = parsed.data;
  const words = errors.map((error) => error.message ?? error.code).filter((word) => word !== undefined);
  const all = (words.length > 0 ? words : [details ?? message ?? '']).join('; ');
  const line = all
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .replace(/\.$/, '');
  return line === '' ? undefined : line;
}

function parseJson(text: string): unknown {
  try {
    return parseBoundedJson(text);
  } catch {
    return undefined;
  }
}

/** Takes out what was given, and what looks like a token or a signed address. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets)
    // Shorter ones would take letters out of words everywhere, and hide nothing.
    if (secret.length >= 4) clean = clean.replaceAll(secret, '…');
  return clean
    .replaceAll(/(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, '$1 …')
    .replaceAll(/((?:token|signature|sig|credential|password)["']?\s*[=:]\s*["']?)[^\s"'&<]{4,}/gi, '$1…');
}
