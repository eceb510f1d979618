import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** A stream that another program made, and what it must decode to. */
export interface Vector {
  readonly name: string;
  readonly packed: Buffer;
  readonly plainBytes: number;
  readonly plainSha256: string;
}

const indexSchema = z.record(z.string(), z.object({ plainBytes: z.number(), plainSha256: z.string() }));

/** Made by an encoder that is not ours: every kind of block that encoders make. */
export const vectors: readonly Vector[] = Object.entries(
  indexSchema.parse(JSON.parse(readFileSync(path.join(import.meta.dirname, 'vectors.json'), 'utf8'))),
).map(([name, { plainBytes, plainSha256 }]) => ({
  name,
  packed: readFileSync(path.join(import.meta.dirname, `${name}.lzfse`)),
  plainBytes,
  plainSha256,
}));

/** One of them. */
export function vectorNamed(name: string): Vector {
  const found = vectors.find((vector) => vector.name === name);
  if (found === undefined) throw new Error(`There is no vector ${name}.`);
  return found;
}
