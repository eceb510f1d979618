import { AppError } from '../../contract/errors.ts';
import type { ProcedureInput } from '../../contract/contract.ts';
import type { MachineVm } from '../../contract/machine.ts';
import { describePath } from '../../contract/opened-paths.ts';
import { localId } from '../../operations/machines/local-names.ts';
import {
  addSupervisionOptions,
  isSupervisionOption,
  supervisionChanges,
  type SupervisionOptions,
} from '../supervision-options.ts';
import { addNetworkOptions, isNetworkOption, networkChanges, type NetworkOptions } from '../network-options.ts';
import { hostPath } from '../host-path.ts';
import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';
import type { Terminal } from '../terminal.ts';
import { type DisplayChange, changedDisplay, displayChange, mebibytes, positiveUint16 } from '../values.ts';
import { requireReadable } from '../vm-fields.ts';

interface Options extends SupervisionOptions, NetworkOptions {
  cpu?: number;
  memory?: number;
  display?: DisplayChange;
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
    .option('--display <WxH[pt|px]>', 'Size of the display, e.g. 1920x1080px', displayChange)
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
  const id = localId(name);
  const isConfigured = !isOnlyAnnotated(options);
  await using operations = await Operations.open(terminal);
  const vm = requireReadable(await operations.call('vms.get', { id, from: 'disk', markUsed: isConfigured }));
  if (options.randomSerial === true) refuseSerialOfMac(vm);
  const annotations = { ...supervisionChanges(options, vm.annotations), ...networkChanges(options, vm.annotations) };
  if (Object.keys(annotations).length > 0) await operations.call('vms.annotate', { id, annotations });
  if (options.allowPaths === true) await allow(operations, vm, terminal);
  if (!isConfigured) return;
  const changes = changesOf(options, vm);
  if (options.disk === undefined) await operations.call('vms.configure', { id, ...changes });
  else await operations.run('vms.replaceDisk', { id, ...changes, imagePath: hostPath(options.disk) });
}

/** Who types it has asked for all that is allowed then. */
async function allow(operations: Operations, { id, name }: MachineVm, terminal: Terminal): Promise<void> {
  const paths = await operations.call('vms.pathsToAllow', { id });
  await operations.call('vms.allowPaths', { id, paths });
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
function changesOf(
  { cpu, memory, display, displayRefit, randomMac, diskSize }: Options,
  vm: MachineVm,
): Omit<ProcedureInput<'vms.configure'>, 'id'> {
  return {
    cpuCount: cpu,
    memoryBytes: memory === undefined ? undefined : memory * 1024 ** 2,
    display: display === undefined ? undefined : changedDisplay(vm.display, display),
    displayRefit,
    randomMac,
    diskBytes: diskSize === undefined ? undefined : diskSize * 1e9,
  };
}

/** Linux guests have no serial number of ours, so there Tart does nothing either. */
function refuseSerialOfMac(vm: MachineVm): void {
  if (vm.os === 'darwin')
    throw new AppError('not-supported', 'Only a Mac can make the serial number of a macOS guest.', {
      hint: 'Use tart set --random-serial there.',
    });
}
