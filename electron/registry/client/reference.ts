import { AppError } from '../../contract/errors.ts';

/** The name of an image of a registry, in parts. With a digest there is no tag. */
export interface Reference {
  /** With its port, as it is written: `ghcr.io`, `127.0.0.1:5000`. */
  readonly host: string;
  /** `cirruslabs/macos-tahoe-base` */
  readonly namespace: string;
  readonly tag?: string | undefined;
  /** `sha256:` and lower-case hexadecimal. */
  readonly digest?: string | undefined;
}

/** As long as a path of the cache may get before a file system stops it. */
const longestReference = 1024;
/** The longest name of one folder or link on every file system (`NAME_MAX`). */
const longestPart = 255;

const hostPattern = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*(:\d{1,5})?$/i;
/** Tart lets a part of the namespace end in one separator; doubled ones it does not, which also keeps `..` out. */
const partPattern = /^([a-z0-9]+[._-])*[a-z0-9]*$/i;
const tagPattern = /^[a-z0-9]+([._-][a-z0-9]+)*$/i;
const digestPattern = /^sha256:[0-9a-f]{64}$/;

/**
 * Reads `host[:port]/namespace[:tag|@sha256:hex]` by Tart's grammar. No tag and no digest means the tag `latest`.
 * @throws AppError `reference-not-allowed` with the reason
 */
export function parseReference(text: string): Reference {
  const refuse = (why: string): AppError =>
    new AppError('reference-not-allowed', `${JSON.stringify(text)} is not the name of an image: ${why}.`, {
      hint: 'It must look like ghcr.io/cirruslabs/ubuntu:latest, or end in @sha256: and a digest.',
    });
  if (text.length > longestReference) throw refuse(`it is longer than ${longestReference} characters`);
  if (/^https?:\/\//i.test(text)) throw refuse('it begins with http, but the name of the registry comes first');
  const slash = text.indexOf('/');
  if (slash === -1) throw refuse('it has no slash after the name of a registry');
  const host = text.slice(0, slash);
  if (!hostPattern.test(host)) throw refuse(`${JSON.stringify(host)} is not the name of a host`);
  const { namespace, tag, digest } = splitVersion(text.slice(slash + 1));
  for (const part of namespace.split('/'))
    if (part === '' || part.length > longestPart || !partPattern.test(part))
      throw refuse(`${JSON.stringify(part)} can't be a part of its path`);
  if (digest !== undefined && !digestPattern.test(digest))
    throw refuse('a digest is sha256: and 64 digits from 0 to f, in lower case');
  if (tag !== undefined && (tag.length > longestPart || !tagPattern.test(tag)))
    throw refuse(`${JSON.stringify(tag)} can't be a tag`);
  return digest === undefined ? { host, namespace, tag: tag ?? 'latest' } : { host, namespace, digest };
}

function splitVersion(rest: string): { namespace: string; tag?: string; digest?: string } {
  const at = rest.indexOf('@');
  if (at !== -1) return { namespace: rest.slice(0, at), digest: rest.slice(at + 1) };
  const colon = rest.indexOf(':');
  return colon === -1 ? { namespace: rest } : { namespace: rest.slice(0, colon), tag: rest.slice(colon + 1) };
}

/** `host/namespace:tag` or `host/namespace@sha256:...`; what {@link parseReference} reads as the same. */
export function printReference(reference: Reference): string {
  const { tag = 'latest', digest } = reference;
  return `${repositoryOf(reference)}${digest === undefined ? `:${tag}` : `@${digest}`}`;
}

/** `host/namespace` */
export function repositoryOf({ host, namespace }: Pick<Reference, 'host' | 'namespace'>): string {
  return `${host}/${namespace}`;
}
