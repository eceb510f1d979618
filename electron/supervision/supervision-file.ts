import { statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { type SupervisionStatus, supervisionSchema } from '../contract/supervision.ts';
import { timeSchema } from '../contract/time.ts';
import { hasCode } from '../files/error-codes.ts';
import { readBoundedSync } from '../files/bounded-file.ts';
import { parseBoundedJson } from '../files/bounded-json.ts';
import { replaceFile } from '../files/replace-file.ts';

/** What is remembered of one machine. */
const recordSchema = z.object({
  supervision: supervisionSchema.default({}),
  /** Up to when its schedule has been seen to, and the schedule that this is about. */
  schedule: z.object({ until: timeSchema, of: z.string() }).optional(),
});
export type SupervisionRecord = z.infer<typeof recordSchema>;

const fileSchema = z.object({
  /** The process that looks after the machines. */
  pid: z.number().int().positive(),
  machines: z.record(z.string(), z.unknown()),
});

/** What the one that looks after a home's machines tells the others, and its successor. */
export interface SupervisionRecords {
  readonly pid: number;
  /** By the name of the VM. */
  readonly machines: ReadonlyMap<string, SupervisionRecord>;
}

/** In the home's cache, beside other work of ours: it belongs to the home, no matter who shows it, and may be lost. */
export function supervisionFile(cacheFolder: string): string {
  return path.join(cacheFolder, 'Tatin', 'supervision.json');
}

/** What is there; undefined if nothing that can be read. A record that can't be read is left out. */
export function readSupervision(file: string): SupervisionRecords | undefined {
  try {
    const { pid, machines } = fileSchema.parse(parseBoundedJson(readBoundedSync(file).toString()));
    const parsed = Object.entries(machines).flatMap(([name, value]) => {
      const record = recordSchema.safeParse(value);
      return record.success ? [[name, record.data] as const] : [];
    });
    return { pid, machines: new Map(parsed) };
  } catch (error) {
    return undefined;
  }
}

/** Replaces it in one step. */
export async function writeSupervision(file: string, { pid, machines }: SupervisionRecords): Promise<void> {
  // Not the cache itself: a home that was moved or whose drive is gone is not to be made anew by a note.
  await mkdir(path.dirname(file)).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error;
  });
  await replaceFile(file, `${JSON.stringify({ pid, machines: Object.fromEntries(machines) })}\n`, { mode: 0o600 });
}

/** How machines stand as the one that looks after them says; nothing if it has ended without a word. */
export function supervisionNow(file: string): ReadonlyMap<string, SupervisionStatus> {
  const records = readSupervision(file);
  if (records === undefined || !isAlive(records.pid)) return new Map();
  return new Map([...records.machines].map(([name, { supervision }]) => [name, supervision]));
}

/** Changes whenever the file does; undefined while there is none. */
export function stampOf(file: string): string | undefined {
  const status = statSync(file, { throwIfNoEntry: false });
  return status === undefined ? undefined : `${status.ino}:${status.mtimeMs}:${status.size}`;
}

/** Another user's process is none of ours, and this file is this user's. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return false;
  }
}
