import { open } from 'node:fs/promises';
import { AppError } from '../../../contract/errors.ts';
import type { Plan } from '../plan.ts';
import type { Ending } from './processes.ts';

const tailBytes = 4096;

/** The end of a log, for the details of an error; empty if there is none. */
export async function tailOf(file: string): Promise<string> {
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      const length = Math.min(size, tailBytes);
      const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
      return buffer.toString('utf8').trim();
    } finally {
      await handle.close();
    }
  } catch (error) {
    return '';
  }
}

/** QEMU's words for what goes wrong at a start, and ours. The first that fits is the reason. */
const reasons: readonly (readonly [RegExp, (match: RegExpExecArray, details: string) => AppError])[] = [
  [
    /Failed to get (?:shared )?"(?:write|consistent read|resize)" lock|Is another process using the image \[?([^\]\n]*)\]?/,
    (match, details) =>
      new AppError('disk-in-use', `Another program uses ${diskName(details, match)}.`, {
        hint: 'End that program, or wait until it is done, and start the machine again.',
        details,
        retry: true,
      }),
  ],
  [
    /Could not set up host forwarding rule '(\w+):[\d.]*:(\d+)/,
    (match, details) =>
      new AppError(
        'port-taken',
        `${(match[1] ?? '').toUpperCase()} port ${match[2] ?? ''} of this computer is used by another program.`,
        {
          hint: 'Choose another port for the forward, or end the program that uses this one.',
          details,
          retry: true,
        },
      ),
  ],
  [
    /cannot set up guest memory|Cannot allocate memory|os_mem_prealloc|mmap.*ENOMEM/,
    (_match, details) =>
      new AppError('not-enough-memory', 'This computer does not have enough memory left for the guest.', {
        hint: 'Stop another guest or close other programs, or give this one less memory.',
        details,
        retry: true,
      }),
  ],
  [
    /(?:Could not open|can't open|failed to open|cannot open)[^\n]*['"]([^'"\n]+)['"][^\n]*: Permission denied/i,
    (match, details) =>
      new AppError('file-not-allowed', `You are not allowed to use ${match[1] ?? 'a file'}.`, {
        hint: 'Check who owns it.',
        details,
      }),
  ],
  [
    /(?:Could not open|can't open|failed to open|cannot open)[^\n]*['"]([^'"\n]+)['"][^\n]*: No such file or directory/i,
    (match, details) => new AppError('file-not-found', `${match[1] ?? 'A file'} is missing.`, { details }),
  ],
];

function diskName(details: string, match: RegExpExecArray): string {
  const named = /Is another process using the image \[([^\]\n]+)\]/.exec(details)?.[1] ?? match[1];
  return named === undefined || named === '' ? "the machine's disk" : `the disk ${named}`;
}

/** Why QEMU ended before the guest ran, from what it printed. */
export function startFailure(plan: Plan, ending: Ending, output: string): AppError {
  for (const [pattern, explain] of reasons) {
    const match = pattern.exec(output);
    if (match !== null) return explain(match, output);
  }
  const line = lastLine(output);
  return new AppError('start-failed', `“${plan.name}” did not start: QEMU ended with ${describe(ending)}.`, {
    ...(line === undefined ? {} : { hint: `QEMU says: ${line}` }),
    details: output,
    retry: true,
  });
}

/** QEMU ended while the guest ran, and nobody had asked for that. */
export function crash(ending: Ending, output: string): AppError {
  return new AppError('guest-crashed', `The machine ended unexpectedly: QEMU ended with ${describe(ending)}.`, {
    hint: 'Start it again. The guest will check its disk as after a power cut.',
    details: output,
    retry: true,
  });
}

function describe({ code, signal }: Ending): string {
  if (signal === 'SIGKILL') return 'signal SIGKILL, sent by another program or by the system for lack of memory';
  return signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`;
}

function lastLine(output: string): string | undefined {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.at(-1)?.replace(/^qemu-system-\w+: /, '');
}
