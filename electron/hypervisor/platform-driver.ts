import type { Driver } from './machine.ts';
import { QemuDriver } from './qemu/qemu-driver.ts';
import { VzDriver } from './vz/vz-driver.ts';

/** The driver of a platform: Virtualization.framework on a Mac, QEMU elsewhere. */
export function platformDriver(
  folders: { runtimeFolder: string; cacheFolder: string },
  platform: NodeJS.Platform = process.platform,
): Driver {
  return platform === 'darwin' ? new VzDriver() : new QemuDriver(folders);
}
