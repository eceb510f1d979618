import { Option } from 'commander';
import { AppError } from '../../contract/errors.ts';
import type { CreateSource } from '../../contract/vms.ts';
import type { GuestArch } from '../../contract/machine.ts';
import { usageError } from '../failure.ts';
import { hostPath } from '../host-path.ts';
import { belongsInApp, continueInApp } from '../in-app.ts';
import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';
import type { Terminal } from '../terminal.ts';
import { mebibytes, positiveUint16 } from '../values.ts';

interface Options {
  linux?: true;
  demo?: true;
  iso?: string;
  fromIpsw?: string;
  diskSize?: number;
  diskFormat: string;
  cpu?: number;
  memory?: number;
  arch?: GuestArch;
}

const examples = `
Examples:
  tatin create --demo first                          Demo Linux, ready to run
  tatin create --iso debian.iso web --disk-size 20   an empty disk, and an installer disc in the drive
  tatin create --linux web                           an empty disk; give a disc with tatin run --disk
  tatin create --from-ipsw latest mac                the newest macOS, on a Mac; see also tatin macos`;

export const define: DefineCommand = (command, terminal) => {
  command
    .argument('<name>', 'Name of the new VM, which no VM has')
    .option('--linux', 'An empty disk for Linux')
    .option('--demo', 'Demo Linux: small, boots in seconds, made here from Debian packages')
    .option('--iso <path>', 'An empty disk for Linux, and this installer disc in the drive')
    .option('--from-ipsw <version>', 'macOS, on a Mac: latest, a version, or the path or address of its restore image')
    .option('--disk-size <GB>', 'Size of the disk, 10⁹ bytes each (default: 50, of --demo 4)', positiveUint16)
    .addOption(new Option('--disk-format <format>', 'Format of the disk: raw or asif').default('raw'))
    .option('--cpu <count>', 'CPUs', positiveUint16)
    .option('--memory <MiB>', 'Memory', mebibytes)
    .addOption(new Option('--arch <arch>', "Processor, if not this computer's").choices(['arm64', 'amd64']))
    .addHelpText('after', examples)
    .action((name: string, options: Options) => create(name, options, terminal));
};

async function create(name: string, options: Options, terminal: Terminal): Promise<void> {
  const source = sourceOf(options);
  const diskFormat = diskFormatOf(options);
  if (source.from === 'macos') {
    if (belongsInApp()) {
      await continueInApp(process.argv.slice(2), terminal);
      return;
    }
    const { createMac } = await import('../create-mac.ts');
    await createMac({ name, ipsw: source.ipsw, ...sizesOf(options), diskFormat }, terminal);
    return;
  }
  await using operations = await Operations.open(terminal);
  await operations.run('vms.create', { name, source, arch: options.arch, ...sizesOf(options), diskFormat });
}

function sizesOf({ cpu, memory, diskSize }: Options) {
  return {
    cpuCount: cpu,
    memoryBytes: memory === undefined ? undefined : memory * 1024 ** 2,
    diskBytes: diskSize === undefined ? undefined : diskSize * 1e9,
  };
}

function sourceOf({ linux, demo, iso, fromIpsw }: Options): CreateSource | { from: 'macos'; ipsw: string } {
  const chosen = [linux, demo, iso, fromIpsw].filter((value) => value !== undefined).length;
  if (chosen === 0) throw usageError('Please specify one of --linux, --demo, --iso or --from-ipsw.');
  // An installer disc goes with an empty disk for Linux, so both may be said.
  if (chosen > 1 && !(chosen === 2 && linux === true && iso !== undefined))
    throw usageError('--linux, --demo, --iso and --from-ipsw each make another VM: give one of them.');
  if (fromIpsw !== undefined && process.platform === 'darwin') return { from: 'macos', ipsw: fromIpsw };
  if (fromIpsw !== undefined)
    throw new AppError('not-supported', "macOS guests need Apple's Virtualization framework, on a Mac.", {
      hint: 'Its images can be checked and fetched here: tatin macos. Linux guests can be made: --linux, --iso or --demo.',
    });
  if (demo === true) return { from: 'demo' };
  return iso === undefined ? { from: 'empty' } : { from: 'iso', isoPath: hostPath(iso) };
}

/** @throws UsageError */
function diskFormatOf({ diskFormat, demo }: Options): 'raw' | 'asif' {
  const format = diskFormat.toLowerCase();
  if (format === 'raw') return 'raw';
  if (format !== 'asif')
    throw usageError(`The value '${diskFormat}' is invalid for '--disk-format'. Allowed choices are raw, asif.`);
  if (demo === true) throw usageError('--demo has a raw disk: leave --disk-format out.');
  return 'asif';
}
