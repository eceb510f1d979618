import { stat } from 'node:fs/promises';
import { AppError } from '../../contract/errors.ts';
import type { ConfigChanges, Library, LibraryVm } from '../../library/library.ts';
import {
  addSupervisionOptions,
  isSupervisionOption,
  supervisionChanges,
  type SupervisionOptions,
} from '../supervision-options.ts';
import { addNetworkOptions, isNetworkOption, networkChanges, type NetworkOptions } from '../network-options.ts';
import { openLibrary } from '../open-library.ts';
import type { DefineCommand } from '../program.ts';
import { withProgress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { type DisplayWish, changedDisplay, displayWish, mebibytes, positiveUint16 } from '../values.ts';
import { diskText } from '../../contract/words/sizes.ts';

interface Options extends SupervisionOptions, NetworkOptions {
  cpu?: number;
  memory?: number;
  display?: DisplayWish;
  displayRefit?: boolean;
  randomMac?: true;
  randomSerial?: true;
  disk?: string;
  diskSize?: number;
  allowPaths?: true;
}

export const define: DefineCommand = (command, terminal) => {
  command
    .argument('<name>', 'VM, shut down')
    .option('--cpu <count>', 'CPUs', positiveUint16)
    .option('--memory <MiB>', 'Memory', mebibytes)
    .option('--display <WxH[pt|px]>', 'Size of the display, e.g. 1920x1080px', displayWish)
    .option('--display-refit', 'Let the display follow the size of its window')
    .option('--no-display-refit', 'Keep the display as large as it is')
    .option('--random-mac', 'Give it a new network address (MAC)')
    .option('--random-serial', 'Give a macOS guest a new serial number; means nothing to others')
    .option('--disk <path>', 'Replace its disk with a copy of this raw image')
    .option('--disk-size <GB>', 'Grow its disk (10⁹ bytes each); partitions stay as they are', positiveUint16)
    .option(
      '--allow-paths',
      'Let it open the disks and folders outside of its own that its options name, and say which',
    )
    .action((name: string, options: Options) => change(name, options, terminal));
  addNetworkOptions(addSupervisionOptions(command)).addHelpText(
    'after',
    '\n--allow-paths and options from --autostart on can change while it runs; tatin serve or the app carries them out.',
  );
};

async function change(name: string, options: Options, terminal: Terminal): Promise<void> {
  const library = await openLibrary();
  const vm = await library.get(name);
  if (options.randomSerial === true) refuseSerialOfMac(vm);
  await annotate(library, vm, options);
  if (options.allowPaths === true) await allow(library, name, terminal);
  if (isOnlyAnnotated(options)) return;
  const diskBytes = options.diskSize === undefined ? undefined : options.diskSize * 1e9;
  const { disk } = options;
  if (disk === undefined) {
    await library.configure(name, { ...changesOf(options, vm), diskBytes });
  } else {
    await refuseSmaller(disk, diskBytes);
    await library.configure(name, changesOf(options, vm));
    await withProgress(terminal, `Replacing the disk of ${name}`, (work) => library.replaceDisk(name, disk, work));
    await library.configure(name, { diskBytes });
  }
  await library.touch(name);
}

async function annotate(library: Library, vm: LibraryVm, options: Options): Promise<void> {
  const changes = { ...supervisionChanges(options, vm.annotations), ...networkChanges(options, vm.annotations) };
  if (Object.keys(changes).length > 0) await library.annotate(vm.name, changes);
}

/** Whoever types it has asked for what is said then. */
async function allow(library: Library, name: string, terminal: Terminal): Promise<void> {
  const [{ allowPaths, pathsToAllow }, { describePath }] = await Promise.all([
    import('../../hypervisor/allowing-paths.ts'),
    import('../../hypervisor/opened-paths.ts'),
  ]);
  const paths = await pathsToAllow(library, name);
  await allowPaths(library, name, paths);
  if (paths.length === 0) terminal.note(`${name} opens nothing outside of its folder that was not allowed before.`);
  for (const one of paths) terminal.print(`Allowed: ${describePath(one)}`);
}

/** Then nothing is left to do that would ask for a machine at rest. */
function isOnlyAnnotated(options: Options): boolean {
  const asked = Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  return (
    asked.length > 0 &&
    asked.every((name) => isSupervisionOption(name) || isNetworkOption(name) || name === 'allowPaths')
  );
}

/** What was not asked for stays as it is; Tart would reset the display's unit and its refit. */
function changesOf({ cpu, memory, display, displayRefit, randomMac }: Options, vm: LibraryVm): ConfigChanges {
  return {
    cpuCount: cpu,
    memoryBytes: memory === undefined ? undefined : memory * 1024 ** 2,
    display: display === undefined ? undefined : changedDisplay(vm.config.display, display),
    displayRefit,
    randomMac,
  };
}

/** Linux guests have no serial number of ours, so there Tart does nothing either. */
function refuseSerialOfMac(vm: LibraryVm): void {
  if (vm.config.os === 'darwin')
    throw new AppError('not-supported', 'Only a Mac can make the serial number of a macOS guest.', {
      hint: 'Use tart set --random-serial there.',
    });
}

async function refuseSmaller(imagePath: string, diskBytes: number | undefined): Promise<void> {
  const status = await stat(imagePath).catch(() => undefined);
  // A file that can't be looked at is told of when it is copied.
  if (status === undefined || diskBytes === undefined || status.size <= diskBytes) return;
  throw new AppError('disk-too-small', `${imagePath} has ${diskText(status.size)}, more than --disk-size.`, {
    hint: 'Give a larger size, or none.',
  });
}
