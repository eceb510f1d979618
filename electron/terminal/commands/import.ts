import path from 'node:path';
import { Option } from 'commander';
import { AppError } from '../../contract/errors.ts';
import type { GuestArch } from '../../contract/machine.ts';
import type { ImportReport, ImportSource, MachineImport } from '../../contract/imports.ts';
import { usageError } from '../failure.ts';
import { hostPath } from '../host-path.ts';
import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';
import type { Terminal } from '../terminal.ts';
import { mebibytes, positiveUint16 } from '../values.ts';
import { diskText } from '../../contract/words/sizes.ts';

interface Options {
  arch?: GuestArch;
  cpu?: number;
  memory?: number;
  move?: true;
}

/** What a disk without a word of its own is taken to be for. */
const hostArch: GuestArch = process.arch === 'arm64' ? 'arm64' : 'amd64';

const help = `
Takes .tvm archives; raw, QCOW2, VMDK, VDI, VHD and VHDX disk images, also compressed by gzip, xz, zstd or bzip2; OVA
and OVF; folders of Tart, UTM and VirtualBuddy; a folder of several of these. Of an installer disc (ISO) it makes a VM
with the disc in the drive. The kind is detected from the content, not from the name.

Examples:
  tatin import web.tvm web                     what tatin export or tart export wrote
  tatin import debian-12-generic-amd64.qcow2   under the name of the file, which is printed
  tatin import --move disk.img web             without a second copy of the disk`;

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Make a VM of something that another program made')
    .argument('<path>', 'File or folder')
    .argument('[name]', 'Name of the new VM, which no VM has (default: like that of the file)')
    .addOption(
      new Option('--arch <arch>', 'Processor, if nothing in it says so (default: as this computer)').choices([
        'arm64',
        'amd64',
      ]),
    )
    .option('--cpu <count>', 'CPUs, in place of what it says', positiveUint16)
    .option('--memory <MiB>', 'Memory, in place of what it says', mebibytes)
    .option('--move', 'Delete the original when the VM is made (raw disk images and folders)')
    .addHelpText('after', help)
    .action(async (file: string, name: string | undefined, options: Options) => {
      await using operations = await Operations.open(terminal);
      await importPath({ operations, terminal, options }, hostPath(file), name);
    });
};

/** What every step of the command needs. */
interface Context {
  readonly operations: Operations;
  readonly terminal: Terminal;
  readonly options: Options;
}

async function importPath(context: Context, file: string, name: string | undefined): Promise<void> {
  const report = await context.operations.call('imports.inspect', { source: { from: 'path', path: file } });
  switch (report.result) {
    case 'machine':
      await importMachine(context, file, report, name);
      return;
    case 'installer':
      await createWithDisc(context, report, name);
      return;
    case 'several':
      if (name !== undefined) throw usageError('A folder of several things has no one name: leave it out.');
      await importEach(context, report.sources);
      return;
    case 'restore-image':
      throw new AppError('not-supported', `It is a ${report.title}, which makes a VM with tatin create.`, {
        hint: `On a Mac: tatin create --from-ipsw ${JSON.stringify(file)} NAME`,
      });
    case 'refused': {
      const { code, message, ...more } = report.error;
      throw new AppError(code, `${report.title}: ${message}`, more);
    }
  }
}

/** One that can't be imported does not stand in the way of the others. */
async function importEach(context: Context, sources: readonly ImportSource[]): Promise<void> {
  const files = sources.flatMap((source) => (source.from === 'path' ? [source.path] : []));
  let failed = 0;
  for (const file of files)
    try {
      await importPath(context, file, undefined);
    } catch (error) {
      context.terminal.interrupted.throwIfAborted();
      const { message } = AppError.from(error);
      context.terminal.note(`${path.basename(file)} was not imported. ${message}`);
      failed++;
    }
  if (failed > 0) throw new AppError('image-not-supported', `${failed} of ${files.length} were not imported.`);
}

async function importMachine(
  { operations, terminal, options }: Context,
  file: string,
  report: MachineImport,
  requestedName: string | undefined,
): Promise<void> {
  const name = requestedName ?? report.suggestedName;
  const source = { from: 'path', path: file } as const;
  for (const warning of report.warnings) terminal.note(warning);
  for (const { setting, reason } of report.leftOut) terminal.note(`Does not carry over: ${setting}. ${reason}`);
  try {
    await operations.run('imports.start', {
      ...{ source, name, arch: options.arch ?? hostArch, ...sizesOf(options) },
      how: options.move === true ? 'move' : 'copy',
    });
  } catch (error) {
    const { bytes } = await operations.call('imports.kept', { source });
    if (bytes > 0)
      terminal.note(`${diskText(bytes)} of the disk are kept for a week: the same command continues from there.`);
    throw error;
  }
  if (requestedName === undefined) terminal.print(name);
}

async function createWithDisc(
  { operations, terminal, options }: Context,
  { isoPath, arch, suggestedName }: Extract<ImportReport, { result: 'installer' }>,
  requestedName: string | undefined,
): Promise<void> {
  const name = requestedName ?? suggestedName;
  await operations.run('vms.create', {
    ...{ name, source: { from: 'iso', isoPath }, ...sizesOf(options) },
    // What was asked for, else what its boot files are for.
    arch: options.arch ?? arch,
  });
  terminal.note('It is an installer disc: the new VM has an empty disk, and the disc in its drive.');
  if (requestedName === undefined) terminal.print(name);
}

function sizesOf({ cpu, memory }: Options) {
  return { cpuCount: cpu, memoryBytes: memory === undefined ? undefined : memory * 1024 ** 2 };
}
