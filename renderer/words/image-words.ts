import type { Image } from '../../electron/contract/images.ts';
import { splitReference } from '../../electron/contract/reference.ts';

/** The last part of a repository and its first tag, as people call it: "ubuntu:24.04"; without a tag, its digest. */
export function imageName({ repository, tags, digest }: Pick<Image, 'repository' | 'tags' | 'digest'>): string {
  const { name } = splitReference(repository);
  return tags[0] === undefined ? `${name}@${shortDigest(digest)}` : `${name}:${tags[0]}`;
}

/** What it can be pulled by: its first tag, else its digest. */
export function referenceOf({ id, repository, tags }: Pick<Image, 'id' | 'repository' | 'tags'>): string {
  return tags[0] === undefined ? id : `${repository}:${tags[0]}`;
}

/** Where it is from: "ghcr.io/cirruslabs". */
export function imageOrigin(repository: string): string {
  return repository.slice(0, Math.max(0, repository.lastIndexOf('/')));
}

/** Enough of a digest to tell two apart by eye. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}

/** "macOS, arm64". */
export function imageKind({ os, arch }: { os?: string | undefined; arch?: string | undefined }): string {
  const system = os === 'darwin' ? 'macOS' : os === 'linux' ? 'Linux' : 'unknown system';
  return arch === undefined ? system : `${system}, ${arch}`;
}
