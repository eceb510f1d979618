import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { asFirstVersion } from '../../../electron/codecs/lzfse/testing/first-version.ts';
import { vectorNamed } from '../../../electron/codecs/lzfse/testing/vectors.ts';

/**
 * Builds the native LZFSE decoder with a driver of its own and the compiler's sanitizers, and lets that do the damage.
 * @returns the exit code of the first of both that failed, else 0
 */
export function sanitize(runs: number, seed: number): number {
  const native = path.join(import.meta.dirname, '../../../native/codec');
  const folder = mkdtempSync(path.join(tmpdir(), 'tatin-fuzz-'));
  try {
    const program = path.join(folder, 'fuzz');
    const sources = ['fuzz', 'format', 'decoder', 'lzvn', 'match-finder', 'encoder'];
    const flags = ['-std=c++17', '-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
    const built = run('c++', [...flags, '-o', program, ...sources.map((name) => path.join(native, `${name}.cc`))]);
    return built === 0 ? run(program, [String(runs), String(seed), ...seedFiles(folder)]) : built;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Files and plain lengths, as the driver wants them. */
function seedFiles(folder: string): string[] {
  const streams = ['tiny', 'lzvn-short', 'zeros', 'text'].map(vectorNamed);
  const { packed, plainBytes } = vectorNamed('zeros');
  return [...streams, { packed: asFirstVersion(packed), plainBytes }].flatMap((stream, index) => {
    const file = path.join(folder, `seed-${index}`);
    writeFileSync(file, stream.packed);
    return [file, String(stream.plainBytes)];
  });
}

function run(program: string, args: readonly string[]): number {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (error === undefined && status === 0) return 0;
  console.error(`fuzz: ${program} failed.`);
  return status ?? 1;
}
