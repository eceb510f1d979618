import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

/** How an input was taken: made something of, or refused in a documented way. */
export type Outcome = 'accepted' | 'refused';

/** A reader of bytes that somebody else wrote, and how to tell that it behaves. */
export interface FuzzTarget {
  /** Also the name of its folder of seeds. */
  readonly name: string;
  /** At the start, without which nothing of the reader is reached; in most inputs they are left as they are. */
  readonly markBytes?: number;
  /** What is worth putting anywhere into an input: keywords, marks of blocks. */
  readonly words?: readonly string[];
  /** Throws if the reader does anything but accept the bytes or refuse them in its documented way. */
  run(bytes: Buffer): Outcome | Promise<Outcome>;
}

/** A class of errors that a reader says it throws, or a question whether an error is one. */
export type Documented = (error: unknown) => boolean;

/** Runs a reader; errors that it does not document come through with the reader's stack. */
export async function outcomeOf(isDocumented: Documented, read: () => unknown): Promise<Outcome> {
  try {
    await read();
    return 'accepted';
  } catch (error) {
    if (isDocumented(error)) return 'refused';
    throw error;
  }
}

/** Says what a reader must never give back. */
export class WrongAnswer extends Error {}

const corpus = path.join(import.meta.dirname, 'corpus');

/** What inputs of a target are made of: small files of the format as its own programs write it, those with `.gz` packed. */
export function seedsOf({ name }: FuzzTarget): Buffer[] {
  const folder = path.join(corpus, name);
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const bytes = readFileSync(path.join(folder, file));
      return file.endsWith('.gz') ? gunzipSync(bytes) : bytes;
    });
}
