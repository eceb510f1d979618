import { closeSync, mkdirSync, writeSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { openToWriteSync, readBoundedSync } from '../files/bounded-file.ts';
import { parseBoundedJson } from '../files/bounded-json.ts';
import { replaceFileSync } from '../files/replace-file.ts';
import type { Home } from '../library/home.ts';
import type { DiskLayer } from './manifest/manifest.ts';

/** A blob, and what it unpacks to: both hashed by this program, from the same bytes. */
export type ProvenBlob = Pick<DiskLayer, 'digest' | 'sizeBytes' | 'plainDigest'>;

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const schema = z.object({ version: z.literal(1), digest, sizeBytes: z.int().min(0), plainDigest: digest });

/** About 200 bytes a line: the layers of several hundred images. */
const maxFileBytes = 16 * 1024 ** 2;

/**
 * What is known of blobs from packing or unpacking them here, by the digest of what they unpack to. A manifest says so
 * too, but that is the word of the maker of the image: a push that believed it would publish a stranger's blob as the
 * content of its own disk.
 */
export function readProvenBlobs(home: Home): ReadonlyMap<string, readonly ProvenBlob[]> {
  const found = new Map<string, ProvenBlob[]>();
  for (const blob of readLines(fileOf(home))) {
    const known = found.get(blob.plainDigest) ?? [];
    if (!known.some(({ digest: name }) => name === blob.digest)) found.set(blob.plainDigest, [...known, blob]);
  }
  return found;
}

/** Notes what was packed or unpacked just now. Without room for it nothing is lost but time. */
export function noteProvenBlobs(home: Home, blobs: readonly ProvenBlob[]): void {
  const file = fileOf(home);
  const known = readLines(file);
  const lines = new Set(known.map(print));
  const fresh = blobs.map(print).filter((line) => !lines.has(line));
  if (fresh.length === 0) return;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    const text = fresh.join('');
    if ([...lines, text].reduce((sum, { length }) => sum + length, 0) < maxFileBytes / 2) append(file, text);
    else replaceFileSync(file, [...lines].slice(Math.ceil(lines.size / 2)).join('') + text);
  } catch (error) {
    // As if it were not known.
  }
}

function append(file: string, text: string): void {
  const descriptor = openToWriteSync(file, 0o600);
  try {
    writeSync(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
}

function fileOf(home: Home): string {
  return path.join(home.cache, 'Tatin', 'blobs');
}

function print({ digest: name, sizeBytes, plainDigest }: ProvenBlob): string {
  return `${JSON.stringify({ version: 1, digest: name, sizeBytes, plainDigest })}\n`;
}

/** A line that can't be read, e.g. since a kill cut it off, says nothing. */
function readLines(file: string): ProvenBlob[] {
  let text: string;
  try {
    text = readBoundedSync(file, maxFileBytes).toString('utf8');
  } catch (error) {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const parsed = schema.safeParse(parse(line));
    return parsed.success ? [parsed.data] : [];
  });
}

function parse(line: string): unknown {
  try {
    return parseBoundedJson(line);
  } catch (error) {
    return undefined;
  }
}
