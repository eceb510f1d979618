import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { MacInstall, MacSource } from '../../contract/macos.ts';
import { stateFolder } from '../../host/folders.ts';
import { projectRoot } from '../../host/paths.ts';
import type { MacInstaller } from '../../hypervisor/mac-installer.ts';
import { limitReached, maxMacGuests } from '../../hypervisor/vz/mac-limit.ts';
import { findMacVersion, readMacCatalog } from '../../macos/catalog.ts';
import { installMac, type MacSpec } from '../../macos/install-mac.ts';
import { partsOf } from '../../jobs/weighted-parts.ts';
import { tatinFiles } from '../../library/layout.ts';
import { FolderLock } from '../../files/locks.ts';
import type { Library, LibraryVm } from '../../library/library.ts';
import type { Work } from '../../jobs/work.ts';
import { vmIdOf } from '../../library/vm-id.ts';
import { startNext } from '../machines/start.ts';
import type { LongOperation } from '../operation.ts';
import { keepMacDraft, readMacDraft } from './mac-draft.ts';
import { InstallLog } from './mac-install-log.ts';
import {
  type MacServices,
  imageFile,
  requireForVirtualMac,
  requireMacInstaller,
  resolveMac,
  runningMacs,
  titleOf,
} from './mac-images.ts';

/** As large as Tart makes a new disk. */
export const defaultMacDiskBytes = 50e9;

/** A download of some 15 GB takes about as long as an installation; a start is short. */
const weights = { fetch: 10, install: 10, start: 1 } as const;

/** Installs macOS in a new machine, and starts it afterwards if asked to. */
export const operation: LongOperation<MacInstall, void> = {
  kind: 'install',
  async prepare(services, request, signal) {
    const installer = requireMacInstaller(services.driver);
    services.library.requireFreeName(request.name);
    await checkMacWish(installer, request.source, signal);
    const log = new InstallLog(stateFolder(), request.name);
    return {
      title: `Installing macOS as ${request.name}`,
      vmId: vmIdOf(request.name),
      canPause: request.source.from !== 'file',
      run: async (work, setRetryRequest) => {
        const onImage = (file: string): void =>
          setRetryRequest({ procedure: 'macos.install', input: { ...request, source: { from: 'file', path: file } } });
        await logged(log, () => makeMac(services, { installer, log, onImage }, request, work));
      },
      next: request.start ? startNext(request.name, [weights.fetch + weights.install, weights.start]) : undefined,
    };
  },
};

/**
 * What can be found out without a network, and before anything is fetched.
 * @throws AppError `image-not-found`, `image-not-supported`, `image-damaged`, `file-not-found`, `keychain-locked`
 */
export async function checkMacWish(installer: MacInstaller, source: MacSource, signal: AbortSignal): Promise<void> {
  if (source.from === 'file') await requireForVirtualMac(source.path);
  if (source.from === 'version') findMacVersion(await readMacCatalog(projectRoot()), source.version);
  const keychain = await installer.loginKeychain(signal);
  if (keychain.state === 'locked') throw keychain.error;
}

/**
 * Fetches the image where it is not here, and installs it.
 * @param parts `onImage` is told when the image is here, which need not be fetched again
 * @throws AppError as `resolveIpsw`, `downloadIpsw`, `installMac`; `machine-limit`
 */
export async function makeMac(
  services: MacServices,
  { installer, log, onImage }: { installer: MacInstaller; log: InstallLog; onImage: (file: string) => void },
  request: Omit<MacInstall, 'start'> & Pick<MacSpec, 'sparseDisk'>,
  work: Work,
): Promise<LibraryVm> {
  const { library } = services;
  const followed = log.follow(work);
  followed.progress({ step: 'Looking for the image' });
  const { resolved, catalog } = await resolveMac(services, request.source, work.signal);
  log.line(`${titleOf(resolved, catalog)}, on macOS ${installer.hostMajor}, as ${JSON.stringify(request.name)}`);
  const [fetching, installing] = partsOf(followed, [resolved.is === 'here' ? 0 : weights.fetch, weights.install]);
  const file = await imageFile(library, resolved, fetching);
  onImage(file);
  log.line(`The image is ${file}`);
  // A prune leaves what is in use.
  using _held = FolderLock.tryAcquire(file, 'shared');
  await requireFreeSlot(library);
  const { source: _source, diskBytes = defaultMacDiskBytes, ...rest } = request;
  const spec = { ...rest, diskBytes, raisesToMinimum: true };
  const vm = await installMac(library, spec, file, installer, installing);
  log.line('Installed');
  await forgetDraft(request.name);
  // For the later owner of the machine; the installation is whole without it.
  await copyFile(log.path, path.join(vm.folder, tatinFiles.installLog)).catch(() => undefined);
  return vm;
}

/** What was begun is done, no matter who asks next. */
async function forgetDraft(name: string): Promise<void> {
  const draft = await readMacDraft(stateFolder());
  if (draft?.installing === vmIdOf(name)) await keepMacDraft(stateFolder(), null).catch(() => undefined);
}

/** The installer runs the new machine, so it counts. @throws AppError `machine-limit` */
async function requireFreeSlot(library: Library): Promise<void> {
  const names = await runningMacs(library);
  if (names.length >= maxMacGuests) throw limitReached(names);
}

/** Runs work and writes down how it ended. */
export async function logged<T>(log: InstallLog, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (AppError.from(error).code === 'cancelled') log.line('Stopped');
    else log.error(error);
    throw error;
  }
}
