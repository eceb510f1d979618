import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { annotationsSchema, displaySchema, type GuestArch } from '../../contract/machine.ts';
import { partsOf } from '../../jobs/weighted-parts.ts';
import { noAnnotations, printAnnotations } from '../../library/annotations.ts';
import type { VmConfig } from '../../library/config.ts';
import { hasCode } from '../../files/error-codes.ts';
import { guestSizes, minMemoryBytes } from '../../library/guest-sizes.ts';
import { tartFiles, tatinFiles } from '../../library/layout.ts';
import type { Library, LibraryVm } from '../../library/library.ts';
import type { Work } from '../../jobs/work.ts';
import { openReader, windowOf } from './byte-reader.ts';
import { copyOpenFile } from '../../files/copy.ts';
import { leafOf, openPart, type Part, pathOf } from './door.ts';
import { type AssemblyPlan, type Checksum, type ImportPlan, originalOf } from './import-plan.ts';
import { sweepKeptWork } from './kept-work.ts';
import { makeDisk } from './make-disk.ts';
import { damaged } from './not-importable.ts';
import type { SupervisionStatus } from './resumable-disk.ts';
import { withSteadyFiles } from './source-files.ts';
import { removeMoved, takeOver } from './take-over-files.ts';
import { maxVariablesBytes } from './taken-along.ts';

/** What the user chose in place of what the plan says, or where it says nothing. */
export interface ImportChoices {
  readonly name: string;
  readonly arch?: GuestArch | undefined;
  readonly cpuCount?: number | undefined;
  readonly memoryBytes?: number | undefined;
  /** `move` takes the original away once the machine is made. */
  readonly how: 'copy' | 'move';
}

/** Where a machine is put together, and how. */
interface Making {
  readonly folder: string;
  readonly how: 'copy' | 'move';
  readonly supervision: SupervisionStatus;
  /** Names of disks whose originals are in `folder` now, to be taken away at the end. */
  readonly moved: string[];
}

/**
 * Makes a machine of what was found, in the library's own way: aside, then in place in one step. Of long disks that are
 * copied or converted, what was done before it failed or was called off is kept, and another import of the same goes on
 * from there; see {@link canGoOn}.
 * @throws AppError `invalid-input` if its processor is not known, and everything that {@link Library.assemble} throws
 */
export async function makeMachine(
  library: Library,
  plan: ImportPlan,
  choices: ImportChoices,
  work: Work,
  supervision: Omit<SupervisionStatus, 'home'> = {},
): Promise<LibraryVm> {
  requireArch(plan, choices);
  await sweepKeptWork(library.home);
  // Of a bundle or an appliance, a part alone would be taken away.
  const how = originalOf(plan) === undefined ? 'copy' : choices.how;
  const moved: string[] = [];
  const vm = await library.assemble(
    choices.name,
    async (folder, filling) => {
      const making: Making = { folder, how, supervision: { ...supervision, home: library.home }, moved };
      return await withSteadyFiles(sourcesOf(plan), async () =>
        plan.make === 'take-over'
          ? withChoices(await takeOver(plan, { ...making, work: filling }), choices)
          : await assemble(plan, choices, making, filling),
      );
    },
    work,
  );
  if (how === 'move') await removeOriginal(plan, moved);
  return vm;
}

/** The files that the machine is made of, and that must stay as they are meanwhile. */
function sourcesOf(plan: ImportPlan): Part[] {
  if (plan.make === 'take-over')
    return ['folder' in plan.from ? { root: plan.from.folder, name: tartFiles.disk } : plan.from.archive];
  const disks = plan.disks.flatMap(({ source }) =>
    source.how === 'convert' ? source.pieces.map(({ place }) => place.part) : [source.part],
  );
  return [...disks, ...(plan.partFiles ?? [])];
}

/** Whether what is done of an import that stops early is of use to another try: packed files are read from the beginning. */
export function canGoOn(plan: ImportPlan): boolean {
  if (plan.make === 'take-over') return 'folder' in plan.from;
  return plan.disks.some(({ source }) => source.how !== 'unpack');
}

/** @throws AppError `invalid-input` */
export function requireArch(plan: ImportPlan, choices: { arch?: GuestArch | undefined }): GuestArch {
  const arch = plan.arch ?? choices.arch;
  if (arch !== undefined) return arch;
  throw new AppError('invalid-input', 'Nothing in it says for which processor it is.', {
    hint: 'Choose arm64 (Apple silicon, Arm servers) or amd64 (Intel and AMD).',
  });
}

function withChoices(config: VmConfig, { cpuCount, memoryBytes }: ImportChoices): VmConfig {
  return { ...config, cpuCount: cpuCount ?? config.cpuCount, memorySize: memoryBytes ?? config.memorySize };
}

async function assemble(plan: AssemblyPlan, choices: ImportChoices, making: Making, work: Work): Promise<VmConfig> {
  const { folder } = making;
  const file = (leaf: string): string => path.join(folder, leaf);
  const [verifying, filling] = partsOf(work, [plan.checksums?.length ? 1 : 0.001, 4]);
  for (const checksum of plan.checksums ?? []) await verify(checksum, verifying);
  await makeDisks(plan, making, filling);
  if (plan.nvram !== undefined) await copyVariables(plan.nvram, file(tartFiles.nvram), work.signal);
  if (plan.qemuVariables !== undefined)
    await copyVariables(plan.qemuVariables, file(tatinFiles.qemuVariables), work.signal);
  const extraDisks = plan.disks.slice(1).map((_disk, index) => ({ path: extraDiskName(index + 1), readOnly: false }));
  const annotations = annotationsSchema.parse({ ...noAnnotations(), ...plan.annotations, extraDisks });
  await writeFile(file(tatinFiles.annotations), printAnnotations(annotations));
  return configOf(plan, choices);
}

/** Of a further disk, in the machine's folder, whose name its settings hold without the folder: it may be renamed. */
const extraDiskName = (index: number): string => `disk-${index + 1}.img`;

async function makeDisks(plan: AssemblyPlan, { folder, how, supervision, moved }: Making, work: Work) {
  const [first, ...others] = plan.disks.map((disk) => Math.max(1, disk.allocatedBytes));
  const parts = partsOf(work, [first ?? 1, ...others]);
  for (const [index, disk] of plan.disks.entries()) {
    const part = parts[index];
    if (part === undefined) continue;
    const target = path.join(folder, index === 0 ? tartFiles.disk : extraDiskName(index));
    const isMoved = await makeDisk(disk, { target, how, supervision, work: part });
    if (isMoved) moved.push(disk.name);
  }
}

/** @throws NotImportable if a file is not what its manifest says */
async function verify({ name, place, algorithm, digest }: Checksum, work: Work): Promise<void> {
  await using whole = await openReader(place.part);
  const reader = place.window === undefined ? whole : windowOf(whole, place.window.offset, place.window.size);
  const hash = createHash(algorithm);
  for (let offset = 0; offset < reader.size;) {
    work.signal.throwIfAborted();
    const bytes = await reader.read(offset, 4 * 1024 ** 2);
    if (bytes.length === 0) break;
    hash.update(bytes);
    offset += bytes.length;
    work.progress({ step: `Verifying ${name}`, bytesDone: offset, bytesTotal: reader.size });
  }
  if (hash.digest('hex') !== digest)
    throw damaged('Virtual appliance', `${name} is not what its list of checksums says`);
}

async function copyVariables(from: Part, to: string, signal: AbortSignal): Promise<void> {
  const name = leafOf(from);
  await using handle = await openPart(from, { maxBytes: maxVariablesBytes }).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) throw damaged('Virtual machine', `its file ${name} is missing`);
    throw error;
  });
  const what = `Importing ${JSON.stringify(name)}`;
  await copyOpenFile({ handle, name }, to, what, { signal, onBytes: () => undefined });
}

function configOf(plan: AssemblyPlan, choices: ImportChoices): VmConfig {
  const { memoryBytes = plan.memoryBytes } = choices;
  return {
    version: 1,
    os: plan.os,
    arch: requireArch(plan, choices),
    ...guestSizes({
      cpuCount: choices.cpuCount ?? plan.cpuCount,
      // Descriptions that say less mean another unit.
      memoryBytes: memoryBytes === undefined ? undefined : Math.max(minMemoryBytes, memoryBytes),
    }),
    // Empty: the library gives it one.
    macAddress: (plan.macAddress ?? '').toLowerCase(),
    display: displaySchema.safeParse(plan.display).data ?? { width: 1024, height: 768 },
    diskFormat: plan.diskFormat ?? 'raw',
    ...plan.identity,
  };
}

/** Everything that was taken in is in the library by now, so only this may be lost to an error. */
async function removeOriginal(plan: ImportPlan, moved: readonly string[]): Promise<void> {
  if (plan.make === 'take-over') {
    if ('folder' in plan.from) await removeMoved(plan.from.folder);
    return;
  }
  for (const { name, source } of plan.disks)
    if (source.how === 'copy' && moved.includes(name)) await rm(pathOf(source.part), { force: true });
}
