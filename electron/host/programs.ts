import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** The first executable of this name in PATH, then in `places`; undefined if there is none. */
export async function findProgram(name: string, places: readonly string[] = []): Promise<string | undefined> {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  for (const folder of [...folders, ...places]) {
    const file = path.join(folder, name);
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch (error) {
    return false;
  }
}

/** What a program prints on its standard output when asked about itself. @throws if it fails or takes over 10 s */
export async function outputOf(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { timeout: 10_000, maxBuffer: 4_000_000 });
  return stdout;
}

/** What a program prints when asked for help, on either stream and with whatever exit code; empty if it can't be asked. */
export function helpOf(program: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  execFile(program, ['--help'], { timeout: 10_000 }, (_error, stdout, stderr) => resolve(stdout + stderr));
  return promise;
}
