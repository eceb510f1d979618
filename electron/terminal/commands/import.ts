import path from 'node:path';
import { Option } from 'commander';
import { AppError } from '../../contract/errors.ts';
import type { GuestArch } from '../../contract/machine.ts';
import type { ImportPlan } from '../../transfer/import/import-plan.ts';
import type { Disc } from '../../transfer/import/iso9660.ts';
import type { Library } from '../../library/library.ts';
import { usageError } from '../failure.ts';
import { hostPath } from '../host-path.ts';
import { openLibrary } from '../open-library.ts';
import { withProgress } from '../progress.ts';
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

const help = `
Takes .tvm archives; raw, QCOW2, VMDK, VDI, VHD and VHDX disk images, also compressed by gzip, xz, zstd or bzip2; OVA
and OVF; folders of Tart, UTM and VirtualBuddy; a folder of several of these. Of an installer disc (ISO) it makes a VM
with the disc in the drive. What it is, is told from the bytes, not from the name.

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
    .option('--move', 'Take the original away when the VM is made (raw disk images and folders)')
    .addHelpText('after', help)
    .action((file: string, name: string | undefined, options: Options) =>
      importPath(hostPath(file), name, options, terminal),
    );
};

async function importPath(file: string, name: string | undefined, options: Options, terminal: Terminal): Promise<void> {
  const library = await openLibrary();
  const [{ findMachine }, { refuseOwn }] = await Promise.all([
    import('../../transfer/import/find-machine.ts'),
    import('../../transfer/import/inspect.ts'),
  ]);
  // A killed import that moves leaves second names of its files behind, and files that have some are refused.
  await library.sweep();
  await refuseOwn(library, file);
  const found = await findMachine(file, terminal.interrupted);
  switch (found.is) {
    case 'machine':
      await importMachine(library, { file, plan: found.plan }, name, options, terminal);
      return;
    case 'installer':
      await createWithDisc(library, file, name, { ...options, ...archOf(found.disc, options) }, terminal);
      return;
    case 'several':
      if (name !== undefined) throw usageError('A folder of several things has no one name: leave it out.');
      await importEach(found.paths, options, terminal);
      return;
    case 'restore-image':
      throw new AppError('not-supported', `It is a ${found.image.title}, which makes a VM with tatin create.`, {
        hint: `On a Mac: tatin create --from-ipsw ${JSON.stringify(file)} NAME`,
      });
  }
}

/** One that can't be imported does not stand in the way of the others. */
async function importEach(files: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  let failed = 0;
  for (const file of files)
    try {
      await importPath(file, undefined, options, terminal);
    } catch (error) {
      terminal.interrupted.throwIfAborted();
      const { message } = AppError.from(error);
      terminal.note(`${path.basename(file)} was not imported. ${message}`);
      failed++;
    }
  if (failed > 0) throw new AppError('image-not-supported', `${failed} of ${files.length} were not imported.`);
}

/** What was asked for, else what its boot files are for. */
function archOf({ arch }: Disc, options: Options): { arch?: GuestArch } {
  const chosen = options.arch ?? arch;
  return chosen === undefined ? {} : { arch: chosen };
}

async function importMachine(
  library: Library,
  { file, plan }: { file: string; plan: ImportPlan },
  wish: string | undefined,
  options: Options,
  terminal: Terminal,
) {
  const [{ makeMachine }, { hostArch }] = await Promise.all([
    import('../../transfer/import/make-machine.ts'),
    import('../../operations/machines/create.ts'),
  ]);
  const name = wish ?? (await library.suggestName(plan.wish));
  for (const warning of plan.warnings) terminal.note(warning);
  for (const { setting, reason } of plan.leftOut) terminal.note(`Does not carry over: ${setting}. ${reason}`);
  const choices = {
    name,
    arch: options.arch ?? hostArch(),
    cpuCount: options.cpu,
    memoryBytes: options.memory === undefined ? undefined : options.memory * 1024 ** 2,
    how: options.move === true ? ('move' as const) : ('copy' as const),
  };
  try {
    await withProgress(terminal, `Importing ${name}`, (work) =>
      makeMachine(library, plan, choices, work, { owner: file }),
    );
  } catch (error) {
    const { keptBytes } = await import('../../transfer/import/kept-work.ts');
    const bytes = await keptBytes(library.home, file).catch(() => 0);
    if (bytes > 0)
      terminal.note(`${diskText(bytes)} of the disk are kept for a week: the same command goes on from there.`);
    throw error;
  }
  if (wish === undefined) terminal.print(name);
}

async function createWithDisc(
  library: Library,
  isoPath: string,
  wish: string | undefined,
  options: Options,
  terminal: Terminal,
) {
  const [{ createSpecOf, hostArch }, { DemoGuest }, { cacheFolder }, { projectRoot }, { wishOf }] = await Promise.all([
    import('../../operations/machines/create.ts'),
    import('../../demo-guest/demo-guest.ts'),
    import('../../host/folders.ts'),
    import('../../host/paths.ts'),
    import('../../transfer/import/disk-files.ts'),
  ]);
  const name = wish ?? (await library.suggestName(wishOf(isoPath)));
  const request = {
    name,
    source: { from: 'iso' as const, isoPath },
    start: false,
    arch: options.arch ?? hostArch(),
    cpuCount: options.cpu,
    memoryBytes: options.memory === undefined ? undefined : options.memory * 1024 ** 2,
  };
  const spec = await createSpecOf(request, new DemoGuest({ cacheFolder: cacheFolder(), projectRoot: projectRoot() }));
  await withProgress(terminal, `Making ${name}`, (work) => library.create(spec, work));
  terminal.note('It is an installer disc: the new VM has an empty disk, and the disc in its drive.');
  if (wish === undefined) terminal.print(name);
}
