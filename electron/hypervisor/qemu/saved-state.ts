import { lstat, mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from '../../contract/errors.ts';
import { archSchema, portForwardSchema } from '../../contract/machine.ts';
import { readBounded } from '../../files/bounded-file.ts';
import { parseBoundedJson } from '../../files/bounded-json.ts';
import { isSealed, sealOf } from '../../host/owner-seal.ts';
import { hasCode } from '../../files/error-codes.ts';
import { tartFiles, tatinFiles } from '../../library/layout.ts';
import { defaultSubnet } from '../../network/guest-subnet.ts';
import type { Plan } from './plan.ts';
import { differencesOf } from './saved-shape.ts';
import { type QemuSetup, qemuSetupSchema } from './setup.ts';
import { type WiredOptions, runOptionsSchema } from './wire.ts';

const planSchema: z.ZodType<Plan> = z.object({
  name: z.string(),
  arch: archSchema,
  cpuCount: z.number(),
  memoryBytes: z.number(),
  disks: z.tuple([diskSchema()], diskSchema()),
  network: z.union([
    z.object({ kind: z.literal('none') }),
    z.object({ kind: z.literal('nat'), ...joined(), ...subnet(), hostLoopback: z.boolean().default(false) }),
    z.object({ kind: z.literal('isolated'), ...joined(), ...subnet() }),
    z.object({
      kind: z.literal('bridged'),
      ...joined(),
      cards: z.array(z.object({ macAddress: z.string(), bridge: z.string() })),
    }),
  ]),
  shares: z.array(z.object({ tag: z.string(), path: z.string(), readOnly: z.boolean() })),
  display: z.object({ width: z.number(), height: z.number() }),
  keyboard: z.boolean(),
  pointer: z.boolean(),
  nested: z.boolean(),
});

function joined() {
  return { macAddress: z.string(), forwards: z.array(portForwardSchema) };
}

/** States of earlier versions know only the usual one. */
function subnet() {
  return { subnet: z.string().default(defaultSubnet) };
}

function diskSchema() {
  return z.object({
    path: z.string(),
    kind: z.enum(['disk', 'disc']),
    readOnly: z.boolean(),
    sync: z.enum(['none', 'fsync', 'full']),
    caching: z.enum(['automatic', 'cached', 'uncached']),
  });
}

/** What a file was like when the memory was saved that knows its content. */
const stampSchema = z.object({ path: z.string(), mtimeMs: z.number(), bytes: z.number() });
type Stamp = z.infer<typeof stampSchema>;

const savedSchema = z.object({
  version: z.literal(1),
  /** The VM's folder; states of earlier versions have it only in the path of their disk. */
  folder: z.string().optional(),
  plan: planSchema,
  setup: qemuSetupSchema,
  /** What was asked of the run that was suspended. */
  run: runOptionsSchema.default({}),
  /** Length of the memory file, which is whole if it has it. */
  memoryBytes: z.number(),
  memoryMtimeMs: z.number().optional(),
  files: z.array(stampSchema),
  seal: z.string().optional(),
});
type SavedDocument = z.infer<typeof savedSchema>;

/** What was written down when a guest was suspended. Whoever wrote it, it opens nothing: see {@link requireSame}. */
export interface SavedState extends Omit<SavedDocument, 'folder' | 'seal'> {
  readonly folder: string;
  /**
   * This user's Tatin wrote it on this computer, and nobody changed it: what it was started with was asked for by this user.
   */
  readonly isOwn: boolean;
}

const purpose = 'saved state of a machine';

/** What programs and file systems that carry a file elsewhere may cut off its time. */
const clockGrainMs = 2;

const leaves = { plan: 'plan.json', memory: 'memory' } as const;

export function memoryFile(folder: string): string {
  return path.join(folder, tatinFiles.qemuSavedState, leaves.memory);
}

/** An empty folder to save in, in place of what an earlier attempt left. Returns where the memory is to go. */
export async function beginSaving(folder: string): Promise<string> {
  const partial = path.join(folder, tatinFiles.qemuSavedStatePartial);
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { mode: 0o700 });
  return path.join(partial, leaves.memory);
}

export async function abortSave(folder: string): Promise<void> {
  await rm(path.join(folder, tatinFiles.qemuSavedStatePartial), { recursive: true, force: true });
}

/**
 * Makes what was saved the VM's state, in one step, and seals it. The memory is on disk already; QEMU no longer writes to
 * any file. `run` is what was asked of this run beyond what tatin.json says.
 */
export async function finishSaving(
  folder: string,
  plan: Plan,
  setup: QemuSetup,
  run: WiredOptions = {},
): Promise<void> {
  const partial = path.join(folder, tatinFiles.qemuSavedStatePartial);
  const { size, mtimeMs } = await stat(path.join(partial, leaves.memory));
  const saved: SavedDocument = {
    version: 1,
    folder: path.dirname(setup.flash.variables.path),
    plan,
    setup,
    run,
    memoryBytes: size,
    memoryMtimeMs: mtimeMs,
    files: await Promise.all(guarded(plan, setup).map(stamp)),
  };
  const text = JSON.stringify({ ...saved, seal: sealOf(purpose, saved) }, undefined, 2);
  await writeFile(path.join(partial, leaves.plan), text, { flush: true, mode: 0o600 });
  await flushFolder(partial);
  await rename(partial, path.join(folder, tatinFiles.qemuSavedState));
  await flushFolder(folder);
}

/** Files that a sleeping guest believes to know. */
function guarded(plan: Plan, setup: Pick<QemuSetup, 'flash'>): string[] {
  return [...plan.disks.map((disk) => disk.path), setup.flash.variables.path];
}

async function stamp(file: string): Promise<Stamp> {
  const { mtimeMs, size } = await stat(file);
  return { path: file, mtimeMs, bytes: size };
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * What is written down of a VM's saved state, if it has one that a QEMU with these machines could resume. No file is
 * looked at but those of the state itself.
 * @throws AppError `saved-state-invalid` if it can't, with the reason; the state is left as it is
 */
export async function readSavedState(folder: string, machineTypes: readonly string[]): Promise<SavedState | undefined> {
  if (await exists(path.join(folder, tartFiles.savedState)))
    throw invalid('it was suspended by the Virtualization framework of a Mac, and only that Mac can resume it');
  const own = path.join(folder, tatinFiles.qemuSavedState);
  if (!(await exists(own))) return undefined;
  const saved = await parse(own);
  if (!machineTypes.includes(saved.setup.machineType))
    throw invalid(`it was saved by a QEMU that had the machine ${saved.setup.machineType}, and this one has not`);
  if (!(await hasWholeMemory(own, saved))) throw invalid('its memory file is not whole');
  return saved;
}

/**
 * Makes sure that a guest that goes on finds what it was suspended with: the devices of the plan, which was made from this
 * home's settings, and the same content on its disks. Only files of the plan are looked at.
 * @throws AppError `saved-state-invalid` with what differs
 */
export async function requireSame(
  folder: string,
  saved: SavedState,
  plan: Plan,
  setup: Pick<QemuSetup, 'flash'>,
): Promise<void> {
  const differences = differencesOf(saved, plan, folder);
  if (differences.length > 0)
    throw invalid(`its settings have changed since it was suspended (${differences.join(', ')})`);
  await requireUnchanged(folder, saved, guarded(plan, setup));
}

/** @throws AppError `saved-state-invalid` for the first of these files whose content the guest would not know again */
export async function requireUnchanged(folder: string, saved: SavedState, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const known = saved.files.find(({ path: place }) => placeIn(saved.folder, place) === placeIn(folder, file));
    if (known === undefined || !(await isUnchanged(file, known)))
      throw invalid(`${path.basename(file)} was changed or moved since, and resuming would destroy its content`);
  }
}

/**
 * After a kill in the last moment of saving or the first of going on, the state may lie aside, whole: puts it back if
 * the VM's own disks are still as it knows them, and clears it away if not.
 */
export async function recoverSaved(folder: string): Promise<void> {
  const partial = path.join(folder, tatinFiles.qemuSavedStatePartial);
  if (!(await exists(partial))) return;
  if (!(await exists(path.join(folder, tatinFiles.qemuSavedState))) && (await isWhole(folder, partial)))
    await putBack(folder);
  else await abortSave(folder);
}

async function isWhole(folder: string, partial: string): Promise<boolean> {
  const saved = await parse(partial).catch(() => undefined);
  if (saved === undefined || !(await hasWholeMemory(partial, saved))) return false;
  return await requireUnchanged(folder, saved, ownFiles(folder)).then(
    () => true,
    () => false,
  );
}

/** What a guest of QEMU writes to in every VM's folder. */
export function ownFiles(folder: string): string[] {
  return [tartFiles.disk, tatinFiles.qemuVariables].map((leaf) => path.join(folder, leaf));
}

async function hasWholeMemory(own: string, { memoryBytes }: SavedState): Promise<boolean> {
  const memory = await lstat(path.join(own, leaves.memory)).catch(() => undefined);
  return memory?.isFile() === true && memory.size === memoryBytes;
}

async function parse(own: string): Promise<SavedState> {
  try {
    const bytes = await readBounded(path.join(own, leaves.plan));
    const document: unknown = parseBoundedJson(bytes.toString('utf8'));
    const { folder, seal: _seal, ...saved } = savedSchema.parse(document);
    return {
      ...saved,
      folder: folder ?? path.dirname(saved.plan.disks[0].path),
      isOwn: await isOwn(own, document, saved),
    };
  } catch (error) {
    throw invalid('it is damaged, or was saved by a newer Tatin', error);
  }
}

/** The seal is of the document as it was written, and of this very memory. */
async function isOwn(own: string, document: unknown, saved: Pick<SavedDocument, 'memoryMtimeMs'>): Promise<boolean> {
  if (typeof document !== 'object' || document === null || !('seal' in document)) return false;
  const { seal, ...sealed } = document;
  if (!isSealed(purpose, sealed, seal)) return false;
  const { mtimeMs } = await lstat(path.join(own, leaves.memory));
  return saved.memoryMtimeMs !== undefined && Math.abs(saved.memoryMtimeMs - mtimeMs) < clockGrainMs;
}

/** A file of the VM's own by its name, so that it is the same after the VM was renamed; another by its whole path. */
function placeIn(folder: string, file: string): string {
  return path.dirname(file) === folder ? path.basename(file) : file;
}

async function isUnchanged(file: string, saved: Stamp): Promise<boolean> {
  const now = await stat(file).catch(() => undefined);
  if (now?.size !== saved.bytes) return false;
  return Math.abs(now.mtimeMs - saved.mtimeMs) < clockGrainMs;
}

async function exists(file: string): Promise<boolean> {
  try {
    await lstat(file);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

export function invalid(reason: string, cause?: unknown): AppError {
  return new AppError('saved-state-invalid', `The machine can't go on where it was suspended: ${reason}.`, {
    hint: 'Discard the saved state and start it afresh. What the guest had not written to its disk is lost.',
    cause,
    ...(cause instanceof Error ? { details: cause.message } : {}),
  });
}

/** The guest runs on from the state, which its next write makes worthless: takes it away in one step. */
export async function consumeSavedState(folder: string): Promise<void> {
  const partial = path.join(folder, tatinFiles.qemuSavedStatePartial);
  await rm(partial, { recursive: true, force: true });
  await rename(path.join(folder, tatinFiles.qemuSavedState), partial);
}

/** Puts back what {@link consumeSavedState} took away: the guest did not run after all. */
export async function putBack(folder: string): Promise<void> {
  await rename(path.join(folder, tatinFiles.qemuSavedStatePartial), path.join(folder, tatinFiles.qemuSavedState));
}
