import { AppError } from '../contract/errors.ts';
import type { Driver } from '../hypervisor/machine.ts';
import { hostPath } from './host-path.ts';
import { belongsInApp, continueInApp } from './in-app.ts';
import { withProgress } from './progress.ts';
import { interrupted } from './pull-in-terminal.ts';
import type { Terminal } from './terminal.ts';

/** What a new macOS VM gets; what is absent, the image decides. */
export interface MacWish {
  readonly name: string;
  /** As `--from-ipsw` has it: latest, a version, an address or a path. */
  readonly ipsw: string;
  readonly cpuCount: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly diskBytes: number | undefined;
  /** Default: raw. */
  readonly diskFormat?: 'raw' | 'asif';
}

/**
 * Installs macOS in a new VM, fetching the image first if it is not here. What is fetched outlives an interruption.
 * @param driver default: that of this host
 * @throws AppError
 */
export async function createMac(
  { name, ipsw, diskFormat = 'raw', ...size }: MacWish,
  terminal: Terminal,
  driver?: Driver,
): Promise<void> {
  if (driver === undefined && belongsInApp()) {
    await continueInApp(process.argv.slice(2), terminal);
    return;
  }
  const [
    { openAllServices },
    { requireMacInstaller },
    { checkMacWish, makeMac, logged },
    { InstallLog },
    { parseMacSource },
  ] = await loadRooms();
  await using services = await openAllServices(driver === undefined ? {} : { driver });
  const { library } = services;
  const installer = requireMacInstaller(services.driver);
  library.requireFreeName(name);
  const source = parseMacSource(ipsw, hostPath);
  const sparseDisk = await sparseDiskOf(diskFormat);
  await checkMacWish(installer, source, terminal.interrupted);
  const { stateFolder } = await import('../host/folders.ts');
  const log = new InstallLog(stateFolder(), name);
  const title = `Installing macOS as ${name}`;
  try {
    await withProgress(terminal, title, (work) =>
      logged(log, () =>
        makeMac(services, { installer, log, onImage: () => undefined }, { ...size, name, source, sparseDisk }, work),
      ),
    );
  } catch (error) {
    if (terminal.interrupted.aborted) throw interrupted(title, error);
    const { code, message, hint, details, retry } = AppError.from(error);
    throw new AppError(code, message, {
      hint,
      retry,
      details: `${details ?? ''}\nLog: ${log.path}`.trim(),
      cause: error,
    });
  }
}

async function loadRooms() {
  return await Promise.all([
    import('../operations/open-services.ts'),
    import('../operations/macos/mac-images.ts'),
    import('../operations/macos/install.ts'),
    import('../operations/macos/mac-install-log.ts'),
    import('../contract/macos.ts'),
  ]);
}

/** @throws AppError `not-supported` where there is no such format */
async function sparseDiskOf(format: 'raw' | 'asif') {
  if (format === 'raw') return undefined;
  const { makeAsifDisk, requireAsif } = await import('../library/asif-disk.ts');
  requireAsif();
  return makeAsifDisk;
}
