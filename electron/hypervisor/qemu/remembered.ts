import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { readBounded } from '../../files/bounded-file.ts';
import { parseBoundedJson } from '../../files/bounded-json.ts';
import { replaceFile } from '../../files/replace-file.ts';

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
    const kept = z
      .object({ key: z.string(), fact: schema })
      .parse(parseBoundedJson((await readBounded(file)).toString()));
    return kept.key === key ? { fact: kept.fact } : undefined;
  } catch (error) {
    return undefined;
  }
}

async function write(file: string, content: unknown): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await replaceFile(file, JSON.stringify(content));
  } catch (error) {
    // It is found out again the next time.
  }
}
