import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';

/**
 * Loads `native/<name>`. The addon's own source is what says what it exports, so the caller names the type.
 * @throws AppError `unexpected` if it is not built, or not for this computer
 */
export function loadNativeAddon(name: string): unknown {
  const file = path.join(nativeFolder(), name, 'build', 'Release', `${name}.node`);
  try {
    return createRequire(import.meta.url)(file);
  } catch (error) {
    throw new AppError('unexpected', 'The native part of Tatin is not built, or not for this computer.', {
      hint: 'Run npm run setup.',
      details: `${file}: ${error instanceof Error ? error.message : String(error)}`,
      cause: error,
    });
  }
}

/**
 * The path of the program that is built of `native/<name>` and has its name.
 * @throws AppError `unexpected` if it is not built
 */
export function nativeProgram(name: string): string {
  const file = path.join(nativeFolder(), name, 'build', 'Release', name);
  // In a package it lies beside the archive of the rest, since only files of their own can be started.
  const real = file.replace(`${path.sep}app.asar${path.sep}`, `${path.sep}app.asar.unpacked${path.sep}`);
  if (existsSync(real)) return real;
  throw new AppError('unexpected', 'The native part of Tatin is not built, or not for this computer.', {
    hint: 'Run npm run setup.',
    details: `${real} is missing.`,
  });
}

/** `native/` of the project that this file, or the bundle made of it, lies in. */
function nativeFolder(): string {
  const named = process.env.TATIN_NATIVE_DIR;
  if (named !== undefined && named !== '') return named;
  for (let folder = import.meta.dirname; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'package.json'))) return path.join(folder, 'native');
    if (folder === path.dirname(folder)) return path.join(import.meta.dirname, 'native');
  }
}
