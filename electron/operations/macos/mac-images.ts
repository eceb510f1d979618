import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { MacList, MacReport, MacSource } from '../../contract/macos.ts';
import { projectRoot } from '../../host/paths.ts';
import type { MacInstaller } from '../../hypervisor/mac-installer.ts';
import type { Driver } from '../../hypervisor/machine.ts';
import { type MacVersion, hostAdvice, readMacCatalog } from '../../macos/catalog.ts';
import type { MacImage } from '../../macos/install-mac.ts';
import { cachedIpsws, readIpswFile } from '../../macos/ipsw-file.ts';
import { downloadPatiently } from '../../macos/patient-download.ts';
import { type ResolvedIpsw, resolveIpsw } from '../../macos/resolve-ipsw.ts';
import type { Home } from '../../library/home.ts';
import type { Library } from '../../library/library.ts';
import { freeBytes } from '../../files/space.ts';
import type { Work } from '../../jobs/work.ts';
import { macChecks } from './mac-checks.ts';
import type { LoadedServices } from '../services.ts';

export type MacServices = Pick<LoadedServices, 'library' | 'driver'>;

/** @throws AppError `not-supported`, `no-hypervisor` where this host installs no macOS */
export function requireMacInstaller(driver: Driver): MacInstaller {
  if (driver.macInstaller !== undefined) return driver.macInstaller();
  throw new AppError('not-supported', 'macOS guests need a Mac with Apple silicon.', {
    hint: 'Images of macOS can be fetched and looked at here, and installed on such a Mac.',
  });
}

function installerOrReason(driver: Driver): MacInstaller | AppError {
  try {
    return requireMacInstaller(driver);
  } catch (error) {
    return AppError.from(error);
  }
}

/** Where Tart keeps images of macOS. */
function ipswFolder(home: Home): string {
  return path.join(home.cache, 'IPSWs');
}

/** The catalogue, with what this host can do with each. */
export async function listMacs({ library, driver }: MacServices): Promise<MacList> {
  const installer = installerOrReason(driver);
  const [catalog, cached] = await Promise.all([readMacCatalog(projectRoot()), cachedIpsws(ipswFolder(library.home))]);
  const offers = catalog.map((entry) => {
    const { version, name, build, bytes } = entry;
    const { problem, hint: advice } = installer instanceof AppError ? {} : hostAdvice(entry, installer.hostMajor);
    const here = cached.find((image) => image.build === build);
    return { version, name, build, bytes: bytes ?? here?.bytes, isHere: here !== undefined, problem, advice };
  });
  return { offers, ...(installer instanceof AppError ? { notHere: installer.toInfo() } : {}) };
}

/** Where the image of a source is. @throws AppError as `resolveIpsw` */
export async function resolveMac(
  { library, driver }: MacServices,
  source: MacSource,
  signal: AbortSignal,
): Promise<{ resolved: ResolvedIpsw; catalog: readonly MacVersion[] }> {
  const installer = installerOrReason(driver);
  const catalog = await readMacCatalog(projectRoot());
  const latest = installer instanceof AppError ? undefined : (asked: AbortSignal) => installer.latest(asked);
  const resolved = await resolveIpsw(source, { catalog, folder: ipswFolder(library.home), latest }, signal);
  return { resolved, catalog };
}

/** What a source resolves to, and what prevents its installation. @throws AppError as `resolveIpsw` */
export async function inspectMac(services: MacServices, source: MacSource, signal: AbortSignal): Promise<MacReport> {
  const { resolved, catalog } = await resolveMac(services, source, signal);
  const installer = installerOrReason(services.driver);
  const notHere = installer instanceof AppError ? installer : undefined;
  const read = installer instanceof AppError ? undefined : await readByHypervisor(installer, resolved, signal);
  const found = resolved.is === 'here' ? resolved.image : resolved;
  const free = await freeBytes(services.library.home.path);
  return {
    title: titleOf(resolved, catalog),
    version: found.version,
    build: found.build,
    file: resolved.is === 'here' ? resolved.image.file : undefined,
    bytes: found.bytes,
    fetchedBytes: resolved.is === 'here' ? resolved.image.bytes : resolved.fetchedBytes,
    freeBytes: free,
    minimum: read instanceof AppError ? undefined : read?.requirements,
    checks: macChecks({
      resolved,
      catalog,
      host: installer instanceof AppError ? { notHere: installer } : { major: installer.hostMajor },
      refusal: read instanceof AppError ? read : undefined,
      freeBytes: free,
      running: notHere === undefined ? await runningMacs(services.library) : [],
      keychain: installer instanceof AppError ? undefined : await installer.loginKeychain(signal),
    }),
  };
}

async function readByHypervisor(
  installer: MacInstaller,
  resolved: ResolvedIpsw,
  signal: AbortSignal,
): Promise<MacImage | AppError | undefined> {
  if (resolved.is === 'there') return undefined;
  try {
    return await installer.readImage(resolved.image.file, signal);
  } catch (error) {
    return AppError.from(error);
  }
}

/** The macOS machines of this home that run, no matter who runs them. */
export async function runningMacs(library: Library): Promise<string[]> {
  const entries = await library.list();
  return entries.flatMap((entry) =>
    entry.kind === 'machine' && entry.config.os === 'darwin' && entry.lockPid !== undefined ? [entry.name] : [],
  );
}

/** "macOS Sequoia 15.0 (24A335)" as far as it is known. */
export function titleOf(resolved: ResolvedIpsw, catalog: readonly MacVersion[]): string {
  const { version, build } = resolved.is === 'here' ? resolved.image : resolved;
  if (version === undefined || build === undefined) return resolved.is === 'there' ? resolved.url : resolved.image.file;
  const name = catalog.find((entry) => entry.build === build)?.name ?? 'macOS';
  return `${name} ${version} (${build})`;
}

/** The image on this host, fetched first if it is not here. @throws AppError as `downloadIpsw` */
export async function imageFile(library: Library, resolved: ResolvedIpsw, work: Work): Promise<string> {
  if (resolved.is === 'here') return resolved.image.file;
  const folder = ipswFolder(library.home);
  const { url, sha256 } = resolved;
  return await downloadPatiently({ url, folder, sha256, check: requireForVirtualMac }, work);
}

/** @throws AppError `image-not-supported`, `image-damaged` */
export async function requireForVirtualMac(file: string): Promise<void> {
  const { isForVirtualMac, version } = await readIpswFile(file);
  if (isForVirtualMac) return;
  throw new AppError('image-not-supported', `This image of ${version} is not for virtual Macs.`, {
    hint: 'Get the one that Apple offers as “UniversalMac”.',
  });
}

/** Fetches an image into the cache, and returns its path. @throws AppError */
export async function fetchMac(services: MacServices, source: MacSource, work: Work): Promise<string> {
  work.progress({ step: 'Looking for the image' });
  const { resolved } = await resolveMac(services, source, work.signal);
  return await imageFile(services.library, resolved, work);
}

/** A source in a few words, before anybody has looked. */
export function wordsOf(source: MacSource): string {
  switch (source.from) {
    case 'latest':
      return 'the newest macOS';
    case 'version':
      return `macOS ${source.version}`;
    case 'url':
      return new URL(source.url).pathname.split('/').at(-1) ?? source.url;
    case 'file':
      return path.basename(source.path);
  }
}
