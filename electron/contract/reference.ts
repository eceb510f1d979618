import { AppError } from './errors.ts';

/** Where an image is: a repository of a registry, and in it a tag or a digest. Case is kept, as Tart keeps it. */
export type Reference = Repository &
  (
    | { readonly tag: string; readonly digest?: undefined }
    /** `sha256:` and 64 lower-case hexadecimal digits. */
    | { readonly tag?: undefined; readonly digest: string }
  );

export interface Repository {
  /** With its port, as it was written. */
  readonly host: string;
  /** Names joined by `/`. */
  readonly namespace: string;
}

/** The tag of a reference that names none. */
const defaultTag = 'latest';

/** Each part becomes the name of a file or folder, which on every file system that matters has at most so many bytes. */
const maxNameLength = 255;
const maxReferenceLength = 1024;

/**
 * Reads `host[:port]/namespace[:tag|@sha256:...]` by Tart's grammar. Nothing that it accepts can lead out of the cache:
 * no part is empty, `.` or `..`.
 * @throws AppError `reference-not-allowed` with the reason
 */
export function parseReference(text: string): Reference {
  const { repository, rest } = split(text);
  if (rest === '') return { ...repository, tag: defaultTag };
  if (rest.startsWith('@')) return { ...repository, digest: requireDigest(text, rest.slice(1)) };
  return { ...repository, tag: requireTag(text, rest.slice(1)) };
}

/**
 * Reads `host[:port]/namespace`.
 * @throws AppError `reference-not-allowed`, also for one with a tag or a digest
 */
export function parseRepository(text: string): Repository {
  const { repository, rest } = split(text);
  if (rest !== '') throw refused(text, 'a repository has no tag and no digest');
  return repository;
}

/** Reads `host[:port]`. @throws AppError `reference-not-allowed` */
export function parseHost(text: string): string {
  if (text.includes('/')) throw refused(text, 'the name of a registry has no slash and no http:// before it');
  return requireHost(text, text);
}

/** With its tag or digest, as {@link parseReference} reads it. */
export function printReference(reference: Reference): string {
  const { tag, digest } = reference;
  return `${repositoryOf(reference)}${digest === undefined ? `:${tag}` : `@${digest}`}`;
}

/** `host/namespace` */
export function repositoryOf({ host, namespace }: Repository): string {
  return `${host}/${namespace}`;
}

/** The parts of a reference as it is typed: nothing is checked, and each may be empty. */
export interface ReferenceParts {
  /** `host[:port]`: what stands before the first slash. */
  readonly host: string;
  /** Everything before the tag or digest. */
  readonly repository: string;
  /** The last name of the repository; empty while only a host is typed. */
  readonly name: string;
  /** `:tag`, `@digest` or empty. */
  readonly suffix: string;
}

/** Takes a reference apart without judging it. The colon of a port begins no tag. */
export function splitReference(text: string): ReferenceParts {
  const slash = text.indexOf('/');
  if (slash === -1) return { host: text, repository: text, name: '', suffix: '' };
  const end = text.slice(slash).search(/[:@]/);
  const repository = end === -1 ? text : text.slice(0, slash + end);
  const name = repository.slice(repository.lastIndexOf('/') + 1);
  return { host: text.slice(0, slash), repository, name, suffix: text.slice(repository.length) };
}

function split(text: string): { repository: Repository; rest: string } {
  if (text.length > maxReferenceLength) throw refused(text, `it is longer than ${maxReferenceLength} characters`);
  if (/^[a-z]+:\/\//i.test(text)) throw refused(text, 'it begins with the host, without http:// or https://');
  if (!text.includes('/')) throw refused(text, 'it names no registry: there is no slash');
  const { host, repository, suffix } = splitReference(text);
  requireHost(text, host);
  const namespace = repository.slice(host.length + 1);
  for (const name of namespace.split('/')) requireName(text, name);
  return { repository: { host, namespace }, rest: suffix };
}

function requireHost(text: string, host: string): string {
  const [, name = '', port] = /^([^:]*)(?::(.*))?$/s.exec(host) ?? [];
  if (!/^[a-z\d]+(?:[.-][a-z\d]+)*$/i.test(name) || name.length > maxNameLength)
    throw refused(text, `“${shortened(name)}” is not the name of a host`);
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535))
    throw refused(text, `“${shortened(port)}” is not a port`);
  return host;
}

function requireName(text: string, name: string): void {
  if (name === '') throw refused(text, 'a name between the slashes is missing');
  if (!/^[a-z\d]+(?:[._-][a-z\d]+)*[._-]?$/i.test(name) || name.length > maxNameLength)
    throw refused(text, `“${shortened(name)}” may hold only letters, digits, and single dots, hyphens and underscores`);
}

function requireTag(text: string, tag: string): string {
  if (!/^[a-z\d]+(?:[._-][a-z\d]+)*$/i.test(tag) || tag.length > maxNameLength)
    throw refused(
      text,
      `“${shortened(tag)}” is not a tag: letters, digits, and single dots, hyphens and underscores between`,
    );
  return tag;
}

function requireDigest(text: string, digest: string): string {
  if (!/^sha256:[\da-f]{64}$/.test(digest))
    throw refused(text, 'a digest is “sha256:” and 64 hexadecimal digits in lower case');
  return digest;
}

function refused(text: string, reason: string): AppError {
  return new AppError(
    'reference-not-allowed',
    `“${shortened(text)}” is not the name of an image in a registry: ${reason}.`,
    {
      hint: 'Write it as host/name:tag, for example ghcr.io/cirruslabs/ubuntu:latest.',
    },
  );
}

function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
