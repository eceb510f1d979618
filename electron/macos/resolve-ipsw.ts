import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import type { MacSource } from '../contract/macos.ts';
import { type MacVersion, findMacVersion } from './catalog.ts';
import { cachedPath, fetchedBytes } from './download.ts';
import type { LatestMac } from './install-mac.ts';
import { type IpswFile, cachedIpsws, readIpswFile } from './ipsw-file.ts';
import { askForIpsw } from './ipsw-offer.ts';

/** What a macOS source resolves to: an image that is here, or one to be fetched. */
export type ResolvedIpsw =
  | { readonly is: 'here'; readonly image: IpswFile; readonly isCached: boolean }
  | {
      readonly is: 'there';
      readonly url: string;
      /** Hex, as the catalogue has it. */
      readonly sha256?: string | undefined;
      /** Absent for an address that nobody knows: it shows when it is here. */
      readonly version?: string | undefined;
      readonly build?: string | undefined;
      /** Of the whole, where the server says so. */
      readonly bytes?: number | undefined;
      /** What is here of it. */
      readonly fetchedBytes: number;
    };

export interface ResolveOptions {
  readonly catalog: readonly MacVersion[];
  /** `cache/IPSWs` of the home. */
  readonly folder: string;
  /** What Apple's newest is; absent where nobody can ask, and the catalogue's newest is taken. */
  readonly latest?: ((signal: AbortSignal) => Promise<LatestMac>) | undefined;
}

/**
 * Finds out where an image is. What is in the cache needs no network.
 * @throws AppError `file-not-found`, `image-not-found`, `image-unavailable`, `image-damaged`, `image-not-supported`
 */
export async function resolveIpsw(
  source: MacSource,
  options: ResolveOptions,
  signal: AbortSignal,
): Promise<ResolvedIpsw> {
  if (source.from === 'file') return { is: 'here', image: await readIpswFile(absolute(source.path)), isCached: false };
  if (source.from === 'url') return await resolveUrl({ url: source.url }, options, signal);
  const wanted =
    source.from === 'latest' ? await newest(options, signal) : findMacVersion(options.catalog, source.version);
  const cached = (await cachedIpsws(options.folder)).find(({ build }) => build === wanted.build);
  if (cached !== undefined) return { is: 'here', image: cached, isCached: true };
  return await resolveUrl(wanted, options, signal);
}

function absolute(file: string): string {
  if (path.isAbsolute(file)) return file;
  throw new AppError('invalid-input', 'The image must be named by its whole path.');
}

async function newest({ catalog, latest }: ResolveOptions, signal: AbortSignal): Promise<MacVersion | LatestMac> {
  if (latest !== undefined) return await latest(signal);
  const [first] = catalog;
  if (first === undefined) throw new AppError('image-not-found', 'The catalogue is empty.');
  return first;
}

interface Wanted {
  readonly url: string;
  readonly sha256?: string | undefined;
  readonly version?: string;
  readonly build?: string;
}

async function resolveUrl(
  { url, sha256, version, build }: Wanted,
  { folder }: ResolveOptions,
  signal: AbortSignal,
): Promise<ResolvedIpsw> {
  const offer = await askForIpsw(url, signal);
  const digest = offer.sha256 ?? sha256;
  const cached =
    digest === undefined ? undefined : await readIpswFile(cachedPath(folder, digest)).catch(() => undefined);
  if (cached !== undefined) return { is: 'here', image: cached, isCached: true };
  return {
    is: 'there',
    url,
    sha256,
    version,
    build,
    bytes: offer.bytes,
    fetchedBytes: await fetchedBytes(folder, url, offer),
  };
}
