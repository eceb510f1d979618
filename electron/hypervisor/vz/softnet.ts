import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { AppError } from '../../contract/errors.ts';
import { hasCode } from '../../files/error-codes.ts';
import type { SoftnetChoice } from './run-options.ts';

/** Softnet's options: its frames come and go by descriptor 0, its control messages by descriptor 1. */
export function softnetArguments(macAddress: string, choice: SoftnetChoice): string[] {
  const { hostOnly, allow = [], block = [], expose = [], controlDescriptor } = choice;
  return [
    ...['--vm-fd', '0', '--vm-mac-address', macAddress],
    ...(hostOnly === true ? ['--vm-net-type', 'host'] : []),
    ...(allow.length > 0 ? ['--allow', allow.join(',')] : []),
    ...(block.length > 0 ? ['--block', block.join(',')] : []),
    ...(expose.length > 0
      ? ['--expose', expose.map(({ external, internal }) => `${external}:${internal}`).join(',')]
      : []),
    ...(controlDescriptor === undefined ? [] : ['--control-fd', '1']),
  ];
}

/** A guest's network by Softnet, which ends with it. */
export interface Softnet extends AsyncDisposable {
  /** Resolves when it ends, no matter who ended it. */
  readonly ended: Promise<void>;
}

/**
 * Starts Softnet on one end of a datagram pair, which stays the caller's.
 * @throws AppError `not-supported` if it is not installed
 */
export async function startSoftnet(
  macAddress: string,
  choice: SoftnetChoice,
  frames: number,
  program = 'softnet',
): Promise<Softnet> {
  const child = spawn(program, softnetArguments(macAddress, choice), {
    // A session of its own: Ctrl-C is for the machine, which ends it in time.
    detached: true,
    stdio: [frames, choice.controlDescriptor ?? 'inherit', 'inherit'],
  });
  const ended = endOf(child);
  try {
    await once(child, 'spawn');
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'EACCES')) throw error;
    throw new AppError('not-supported', 'Softnet is not installed.', {
      hint: 'Type: brew install cirruslabs/cli/softnet',
      cause: error,
    });
  }
  return {
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGINT');
      await ended;
    },
  };
}

function endOf(child: ChildProcess): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  child.once('exit', () => resolve(undefined));
  child.once('error', () => resolve(undefined));
  return promise;
}
