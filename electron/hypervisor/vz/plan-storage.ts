import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { ExtraDisk } from '../../contract/machine.ts';
import type { DiskModes } from '../machine.ts';
import { tartFiles } from '../../library/layout.ts';
import type { VzFacts } from './document.ts';
import type { VzPlan, VzPlannedAttachment, VzPlannedDisk, VzVm } from './planned.ts';
import type { VzRunOptions } from './run-options.ts';

/** Tart's limit for a network disk that does not answer. */
const networkDiskTimeoutSeconds = 30;

/**
 * The VM's own disk first, as guests start from it.
 * @throws AppError `not-supported`, `disk-in-use`, `invalid-input`, `wrong-architecture`
 */
export function planStorage(vm: VzVm, options: VzRunOptions, facts: VzFacts): VzPlan['storage'] {
  const { config, folder, annotations } = vm;
  if (config.diskFormat === 'asif' && facts.macOS.major < 26)
    throw new AppError('not-supported', "The machine's disk is in the ASIF format, which needs macOS 26 or newer.");
  const { rootDisk } = options;
  const root: VzPlannedDisk = {
    device: 'virtio',
    identifier: null,
    attachment: {
      kind: 'image',
      path: path.join(folder, tartFiles.disk),
      readOnly: rootDisk?.readOnly ?? false,
      // Linux file systems were damaged under the automatic mode (many reports, openai/tart#675 among them).
      caching: rootDisk?.caching ?? (config.os === 'linux' ? 'cached' : 'automatic'),
      synchronization: rootDisk?.sync ?? 'full',
    },
  };
  const disks: [VzPlannedDisk, ...VzPlannedDisk[]] = [root];
  for (const extra of options.extraDisks ?? annotations.extraDisks) {
    const planned = planExtraDisk(extra, vm, facts);
    if (disks.some((disk) => placeOf(disk) === placeOf(planned)))
      throw new AppError('disk-in-use', `“${extra.path}” is given to this machine twice.`);
    disks.push(planned);
  }
  return disks;
}

function placeOf({ attachment }: VzPlannedDisk): string {
  return attachment.kind === 'nbd' ? attachment.url : attachment.path;
}

function planExtraDisk(extra: ExtraDisk & DiskModes, { config }: VzVm, facts: VzFacts): VzPlannedDisk {
  const attachment = attachmentOf(extra, config.os === 'linux', facts);
  const isDisc = /\.iso$/i.test(extra.path);
  if (isDisc && config.arch === 'arm64' && /[-_.](amd64|x86[-_]64)\b/i.test(extra.path))
    throw new AppError(
      'wrong-architecture',
      `“${path.basename(extra.path)}” is for another processor than this Mac's.`,
      {
        hint: 'Use the arm64 image.',
      },
    );
  // Firmware and installers look for a disc on a USB stick; macOS guests know none of the framework's that can be saved.
  return { device: isDisc && config.os === 'linux' ? 'usb' : 'virtio', identifier: null, attachment };
}

function attachmentOf(
  { path: place, readOnly, sync = 'full', caching }: ExtraDisk & DiskModes,
  isLinux: boolean,
  facts: VzFacts,
): VzPlannedAttachment {
  // Drives and servers know no fsync alone, and no caching.
  const wholeSync = sync === 'fsync' ? 'full' : sync;
  if (/^nbds?(\+unix)?:/.test(place)) {
    needsMacOS14(facts, 'A network disk');
    return { kind: 'nbd', url: place, timeoutSeconds: networkDiskTimeoutSeconds, readOnly, synchronization: wholeSync };
  }
  if (!path.isAbsolute(place)) throw new AppError('invalid-input', `“${place}” is not the whole path of a disk.`);
  if (place.startsWith('/dev/')) {
    needsMacOS14(facts, 'Giving a whole drive to a guest');
    return { kind: 'block', path: place, readOnly, synchronization: wholeSync };
  }
  return {
    kind: 'image',
    path: place,
    readOnly: readOnly || /\.iso$/i.test(place),
    caching: caching ?? (isLinux ? 'cached' : 'automatic'),
    synchronization: sync,
  };
}

function needsMacOS14({ macOS }: VzFacts, what: string): void {
  if (macOS.major < 14) throw new AppError('not-supported', `${what} needs macOS 14 or newer.`);
}
