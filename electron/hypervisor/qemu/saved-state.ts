import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from '../../contract/errors.ts';
import { archSchema, portForwardSchema } from '../../contract/machine.ts';
import { hasCode } from '../../library/file-errors.ts';
import { tartFiles, tatinFiles } from '../../library/layout.ts';
import { usualSubnet } from '../../network/guest-subnet.ts';
import type { Plan } from '../plan.ts';
import { type QemuSetup, qemuSetupSchema } from './setup.ts';

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
  return { subnet: z.string().default(usualSubnet) };
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
  plan: planSchema,
  setup: qemuSetupSchema,
  /** Length of the memory file, which is whole if it has it. */
  memoryBytes: z.number(),
  files: z.array(stampSchema),
});
export type SavedState = z.infer<typeof savedSchema>;

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

export async function giveUpSaving(folder: string): Promise<void> {
  await rm(path.join(folder, tatinFiles.qemuSavedStatePartial), { recursive: true, force: true });
}

/** Makes what was saved the VM's state, in one step. The memory is on disk already; QEMU no longer writes to any file. */
export async function finishSaving(folder: string, plan: Plan, setup: QemuSetup): Promise<void> {
  const partial = path.join(folder, tatinFiles.qemuSavedStatePartial);
  const { size } = await stat(path.join(partial, leaves.memory));
  const saved: SavedState = {
    version: 1,
    plan,
    setup,
    memoryBytes: size,
    files: await Promise.all(guarded(plan, setup).map(stamp)),
  };
  await writeFile(path.join(partial, leaves.plan), JSON.stringify(saved, undefined, 2), { flush: true });
  await flushFolder(partial);
  await rename(partial, path.join(folder, tatinFiles.qemuSavedState));
  await flushFolder(folder);
}

/** Files that a sleeping guest believes to know. */
function guarded(plan: Plan, setup: QemuSetup): string[] {
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
 * The saved state of a VM, if it has one that can be resumed here.
 * @throws AppError `saved-state-invalid` if it can't, with the reason; the state is left as it is
 */
export async function readSavedState(folder: string, machineTypes: readonly string[]): Promise<SavedState | undefined> {
  if (await exists(path.join(folder, tartFiles.savedState)))
    throw invalid('it was suspended by the Virtualization framework of a Mac, and only that Mac can resume it');
  const own = path.join(folder, tatinFiles.qemuSavedState);
  if (!(await exists(own))) return undefined;
  const saved = movedTo(folder, await parse(own));
  if (!machineTypes.includes(saved.setup.machineType))
    throw invalid(`it was saved by a QEMU that had the machine ${saved.setup.machineType}, and this one has not`);
  if ((await stat(path.join(own, leaves.memory)).catch(() => undefined))?.size !== saved.memoryBytes)
    throw invalid('its memory file is not whole');
  const same = await Promise.all(saved.files.map(unchanged));
  const changed = saved.files.find((_, index) => same[index] !== true);
  if (changed !== undefined)
    throw invalid(`${path.basename(changed.path)} was changed or moved since, and going on would destroy its content`);
  return saved;
}

/**
 * After a kill in the last moment of saving or the first of going on, the state may lie aside, whole: puts it back if
 * the disks are still as it knows them, and clears it away if not.
 */
export async function recoverSaved(folder: string): Promise<void> {
  const partial = path.join(folder, tatinFiles.qemuSavedStatePartial);
  if (!(await exists(partial))) return;
  if (!(await exists(path.join(folder, tatinFiles.qemuSavedState))) && (await isWhole(folder, partial)))
    await putBack(folder);
  else await giveUpSaving(folder);
}

async function isWhole(folder: string, partial: string): Promise<boolean> {
  const saved = await parse(partial).catch(() => undefined);
  if (saved === undefined) return false;
  const memory = await stat(path.join(partial, leaves.memory)).catch(() => undefined);
  const same = await Promise.all(movedTo(folder, saved).files.map(unchanged));
  return memory?.size === saved.memoryBytes && same.every(Boolean);
}

async function parse(own: string): Promise<SavedState> {
  try {
    return savedSchema.parse(JSON.parse(await readFile(path.join(own, leaves.plan), 'utf8')));
  } catch (error) {
    throw invalid('it is damaged, or was saved by a newer Tatin', error);
  }
}

/** A VM may have been renamed since, which changes the paths of its own files and nothing in them. */
function movedTo(folder: string, saved: SavedState): SavedState {
  const before = path.dirname(saved.plan.disks[0].path);
  const move = (file: string) => (path.dirname(file) === before ? path.join(folder, path.basename(file)) : file);
  const { variables } = saved.setup.flash;
  const [root, ...more] = saved.plan.disks;
  return {
    ...saved,
    files: saved.files.map((file) => ({ ...file, path: move(file.path) })),
    plan: {
      ...saved.plan,
      name: path.basename(folder),
      disks: [{ ...root, path: move(root.path) }, ...more.map((disk) => ({ ...disk, path: move(disk.path) }))],
    },
    setup: {
      ...saved.setup,
      flash: { ...saved.setup.flash, variables: { ...variables, path: move(variables.path) } },
    },
  };
}

async function unchanged(saved: Stamp): Promise<boolean> {
  const now = await stat(saved.path).catch(() => undefined);
  if (now?.size !== saved.bytes) return false;
  return Math.abs(now.mtimeMs - saved.mtimeMs) < clockGrainMs;
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
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
export async function useUp(folder: string): Promise<void> {
  const partial = path.join(folder, tatinFiles.qemuSavedStatePartial);
  await rm(partial, { recursive: true, force: true });
  await rename(path.join(folder, tatinFiles.qemuSavedState), partial);
}

/** Puts back what {@link useUp} took away: the guest did not run after all. */
export async function putBack(folder: string): Promise<void> {
  await rename(path.join(folder, tatinFiles.qemuSavedStatePartial), path.join(folder, tatinFiles.qemuSavedState));
}
