import { rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AppError, type ErrorInfo, errorInfoSchema } from '../../contract/errors.ts';
import { runLockPid } from '../../files/locks.ts';
import { tartFiles, tatinFiles } from '../../library/layout.ts';
import { readRunning } from './run-folder.ts';
import { readBounded } from '../../files/bounded-file.ts';
import { parseBoundedJson } from '../../files/bounded-json.ts';
import { replaceFile } from '../../files/replace-file.ts';

const failureSchema = z.object({ at: z.iso.datetime(), error: errorInfoSchema });

/** Keeps in the VM's folder why its run ended badly. A full disk only loses the reason. */
export async function keepFailure(folder: string, error: ErrorInfo): Promise<void> {
  const file = path.join(folder, tatinFiles.lastRun);
  try {
    await replaceFile(file, `${JSON.stringify({ at: new Date().toISOString(), error }, undefined, 2)}\n`);
  } catch (cause) {
    // The reason is lost.
  }
}

export async function forgetFailure(folder: string): Promise<void> {
  await rm(path.join(folder, tatinFiles.lastRun), { force: true });
}

/** As {@link keptFailure}, or that the host process was cut off itself and could write nothing. */
export async function lastFailure(
  folder: string,
  runFolder: string,
): Promise<{ at: Date; error: ErrorInfo } | undefined> {
  const cutOff = await readRunning(runFolder);
  if (cutOff !== undefined && runLockPid(path.join(folder, tartFiles.config)) === undefined)
    return { at: new Date(cutOff.since), error: hostDied().toInfo() };
  return await keptFailure(folder);
}

/** Why the last run ended badly, if it did and could say so. */
export async function keptFailure(folder: string): Promise<{ at: Date; error: ErrorInfo } | undefined> {
  try {
    const { at, error } = failureSchema.parse(
      parseBoundedJson((await readBounded(path.join(folder, tatinFiles.lastRun))).toString()),
    );
    return { at: new Date(at), error };
  } catch (error) {
    return undefined;
  }
}

/** The host process was killed, and QEMU with it. */
export function hostDied(): AppError {
  return new AppError('guest-crashed', 'The process that ran the machine was killed, and the guest was cut off.', {
    hint: 'Start it again. The guest will check its disk as after a power cut.',
    retry: true,
  });
}
