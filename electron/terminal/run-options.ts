import { type Command, Option } from 'commander';
import type { PortForward } from '../contract/machine.ts';
import { type NetworkMode, networkModes } from '../contract/network-settings.ts';
import { AppError } from '../contract/errors.ts';
import type { RunOptions } from '../hypervisor/machine.ts';
import { pathsGiven } from '../library/confirmed-paths.ts';
import type { LibraryVm } from '../library/vm.ts';
import { usageError } from './failure.ts';
import { networkOfRun } from './network-options.ts';
import { diskOptions, extraDisk, sharedFolders } from './run-paths.ts';
import { portForward, repeatable, wholeNumber } from './values.ts';

/** What commander makes of the options of `run`. */
export interface RunFlags {
  detach?: true;
  serial?: true;
  serialPath?: string;
  disk?: string[];
  dir?: string[];
  forward?: PortForward[];
  network?: NetworkMode;
  netBridged?: string[];
  rootDiskOpts?: string;
  keyboard: boolean;
  pointer: boolean;
  nested?: true;
  suspendable?: true;
  [macOnly: string]: unknown;
}

const collect = repeatable((text) => text);

/** Options that need what only a Mac has: how they are written, what they do, and why not here. */
const macOptions: readonly { flags: string; description: string; why: string; hidden?: true }[] = [
  {
    flags: '--graphics',
    description: 'Open a window even with VNC',
    why: 'Windows belong to the app: start it with npm start, or tatin serve.',
    hidden: true,
  },
  { flags: '--recovery', description: 'Boot recoveryOS', why: 'Only macOS guests have a recoveryOS.' },
  {
    flags: '--vnc',
    description: "Open the guest's own Screen Sharing",
    why: 'It is a service of macOS guests. The screen of this guest is in the app: tatin serve.',
  },
  {
    flags: '--vnc-experimental',
    description: "Serve the screen by VNC from Virtualization's own server",
    why: 'It would open the screen on a network port. The screen of this guest is in the app: tatin serve.',
  },
  {
    flags: '--rosetta <tag>',
    description: 'Share Rosetta with a Linux guest',
    why: 'Rosetta is a part of macOS on Apple silicon.',
  },
  { flags: '--net-softnet', description: 'Isolate it by Softnet', why: softnet() },
  { flags: '--net-softnet-allow <CIDRs>', description: 'Networks to allow by Softnet', why: softnet() },
  { flags: '--net-softnet-block <CIDRs>', description: 'Networks to block by Softnet', why: softnet() },
  { flags: '--net-softnet-expose <ports>', description: 'Ports to expose by Softnet', why: softnet() },
  { flags: '--net-softnet-control-fd <n>', description: 'Socket that steers Softnet', why: softnet() },
  { flags: '--net-host', description: 'Only a network with the host, by Softnet', why: softnet() },
  {
    flags: '--capture-system-keys',
    description: 'Give it Cmd-Tab and such',
    why: 'Only a window of the app can capture keys.',
  },
  { flags: '--no-trackpad', description: 'No trackpad', why: 'Only macOS guests have one.' },
  {
    flags: '--provisioning-opts <opts>',
    description: 'Set a macOS guest up',
    why: 'Only macOS guests on macOS 27 can be set up this way.',
  },
];

function softnet(): string {
  return 'Softnet works on vmnet, a part of macOS. Here --network isolated keeps the guest to itself.';
}

/** Adds the options: Tart's, and ours. */
export function defineRunOptions(command: Command): void {
  const devices = 'Devices:';
  const option = (flags: string, description: string) => new Option(flags, description).helpGroup(devices);
  command
    .option('-d, --detach', 'Return as soon as it runs; tatin stop ends it')
    .option('--no-graphics', 'No window; from a terminal there is none anyway')
    .option('--serial', 'Talk to its serial console in this terminal; Ctrl-] detaches')
    .option('--serial-path <path>', 'Join its serial console to this terminal device')
    .addOption(
      option('--disk <path[:ro]>', 'A further disk, an ISO image or a pulled image; repeatable').argParser(collect),
    )
    .addOption(option('--dir <[name:]path[:ro][,tag=T]>', 'A folder to share; repeatable').argParser(collect))
    .addOption(option('--root-disk-opts <opts>', 'ro, sync=none|fsync|full, caching=automatic|cached|uncached'))
    .addOption(
      option(
        '--forward <[address:]host:guest[/udp]>',
        'Forward a port of this computer to the guest; repeatable',
      ).argParser(repeatable(portForward)),
    )
    .addOption(
      option('--network <kind>', 'nat; isolated: only forwards reach it; none; default: as tatin set says').choices(
        networkModes,
      ),
    )
    .addOption(option('--net-bridged <bridge>', 'Join a bridge of this computer; repeatable').argParser(collect))
    .addOption(option('--no-keyboard', 'No keyboard'))
    .addOption(option('--no-pointer', 'No pointer'))
    .addOption(option('--no-audio', 'No sound; there is none yet'))
    .addOption(option('--no-clipboard', 'No shared clipboard; there is none yet'))
    .addOption(option('--nested', 'Let it run guests itself, where the processor can'))
    .addOption(option('--suspendable', 'No effect: every guest can be suspended here'));
  for (const { flags, description, hidden } of macOptions) {
    const macOption = new Option(flags, description).helpGroup('Only on a Mac:').hideHelp(hidden === true);
    if (flags.includes('control-fd')) macOption.argParser(wholeNumber(3, 2 ** 31 - 1));
    command.addOption(macOption);
  }
}

/**
 * Refuses what contradicts itself (a mistake of usage) before what this host can't do.
 * @param isMac whether this host is one, which can do all of Tart's options
 * @throws AppError `not-supported` with the reason
 */
export function checkRunFlags(command: Command, isMac = process.platform === 'darwin'): void {
  const given = new Set(command.options.filter((option) => wasGiven(command, option)).map(({ long }) => long ?? ''));
  const networks = [
    ['--net-bridged'],
    [...given].filter((flag) => flag.startsWith('--net-softnet')),
    ['--net-host'],
  ].filter((flags) => flags.some((flag) => given.has(flag)));
  if (networks.length > 1) throw usageError('--net-bridged, --net-softnet and --net-host are mutually exclusive.');
  for (const tarts of networks.flat()) exclude(given, '--network', tarts);
  exclude(given, '--vnc', '--vnc-experimental');
  exclude(given, '--detach', '--serial');
  exclude(given, '--detach', '--serial-path');
  for (const device of ['--no-trackpad', '--no-keyboard', '--no-pointer']) exclude(given, '--suspendable', device);
  for (const other of ['--no-graphics', '--vnc', '--vnc-experimental']) exclude(given, '--capture-system-keys', other);
  const impossible = macOptions.find(({ flags }) => given.has(flags.split(' ')[0] ?? ''));
  if (impossible === undefined || isMac) return;
  const flag = impossible.flags.split(' ')[0] ?? '';
  throw new AppError('not-supported', `${flag} needs a Mac.`, { hint: impossible.why });
}

function wasGiven(command: Command, option: Option): boolean {
  if (command.getOptionValueSource(option.attributeName()) !== 'cli') return false;
  // `--x` and `--no-x` share a value; what it is tells which of them was said.
  const value: unknown = command.getOptionValue(option.attributeName());
  return option.negate ? value === false : value !== false;
}

function exclude(given: ReadonlySet<string>, one: string, other: string): void {
  if (given.has(one) && given.has(other)) throw usageError(`${one} and ${other} are mutually exclusive.`);
}

/**
 * What the machine is started with: what was asked for, on top of what the sidecar says. What was not asked for is left
 * out, so that a suspended machine goes on with what it was started with. Paths that were typed are confirmed by that.
 */
export async function runOptionsOf(flags: RunFlags, { folder, annotations }: LibraryVm): Promise<RunOptions> {
  const disks = (flags.disk ?? []).map((text) => extraDisk(text));
  const folders = sharedFolders(flags.dir ?? []);
  const forwards = flags.forward ?? [];
  const more = <T extends U, U>(typed: readonly T[], kept: readonly U[], isSame: (one: T, kept: U) => boolean) =>
    typed.length === 0 ? undefined : [...kept.filter((old) => !typed.some((one) => isSame(one, old))), ...typed];
  return {
    extraDisks: more(disks, annotations.extraDisks, (one, old) => one.path === old.path),
    sharedFolders: more(folders, annotations.sharedFolders, (one, old) => one.tag === old.name),
    portForwards: more(forwards, annotations.portForwards, samePort),
    rootDisk: flags.rootDiskOpts === undefined ? undefined : diskOptions(flags.rootDiskOpts),
    ...networkOfRun(flags, annotations),
    keyboard: flags.keyboard ? undefined : false,
    pointer: flags.pointer ? undefined : false,
    nested: flags.nested,
    confirmedPaths: await pathsGiven(folder, { extraDisks: disks, sharedFolders: folders }),
  };
}

function samePort(one: PortForward, other: PortForward): boolean {
  return one.protocol === other.protocol && one.hostPort === other.hostPort;
}
