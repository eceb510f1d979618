import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/**
 * A fact that costs time to find out, kept in a file for as long as `key` is the same. A file that can't be read or
 * written only costs the time again.
 */
export async function remembered<T>(
  file: string,
  key: string,
  schema: z.ZodType<T>,
  findOut: () => Promise<T>,
): Promise<T> {
  const kept = await read(file, key, schema);
  if (kept !== undefined) return kept.fact;
  const fact = await findOut();
  await write(file, { key, fact });
  return fact;
}

async function read<T>(file: string, key: string, schema: z.ZodType<T>): Promise<{ fact: T } | undefined> {
  try {
    const kept = z.object({ key: z.string(), fact: schema }).parse(JSON.parse(await readFile(file, 'utf8')));
    return kept.key === key ? { fact: kept.fact } : undefined;
  } catch (error) {
    return undefined;
  }
}

async function write(file: string, content: unknown): Promise<void> {
  const aside = `${file}.${process.pid}`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(aside, JSON.stringify(content));
    await rename(aside, file);
  } catch (error) {
    await rm(aside, { force: true });
  }
}
