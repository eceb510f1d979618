import { AppError } from '../../contract/errors.ts';
import { codeOf, hasCode } from '../../files/error-codes.ts';
import { damaged, NotImportable, unsupported } from './not-importable.ts';

/**
 * Looks at something that may have been made to stop its reader: gives up after `maxMs`, whatever the work waits for,
 * and says of errors that nobody foresaw that it is damaged. Errors of the system and of the work are thrown as they are.
 * @param what the title of what is looked at, for messages
 * @throws NotImportable, the signal's reason, and what `look` throws
 */
export async function boundedLook<T>(
  what: string,
  maxMs: number,
  signal: AbortSignal,
  look: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), maxMs);
  const both = AbortSignal.any([signal, over.signal]);
  const stopped = new Promise<never>((_resolve, reject) => {
    both.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
  });
  try {
    signal.throwIfAborted();
    return await Promise.race([look(both), stopped]);
  } catch (error) {
    signal.throwIfAborted();
    if (over.signal.aborted)
      throw unsupported(
        what,
        `Looking into it took longer than ${Math.round(maxMs / 1000)} seconds.`,
        'If its drive is slow, copy it to this computer first.',
      );
    throw foreseen(what, error);
  } finally {
    clearTimeout(timer);
    // What is still at work has nobody to work for.
    over.abort();
  }
}

/** A part that is missing is what is wrong with a machine; a program's own mistakes are of no use to anybody. */
function foreseen(what: string, error: unknown): unknown {
  if (error instanceof AppError) return error;
  if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EISDIR'))
    return Object.assign(damaged(what, 'a file that belongs to it is missing'), { cause: error });
  if (codeOf(error) !== undefined && !isMistake(error)) return error;
  return new NotImportable(what, 'image-damaged', 'It contradicts itself, and can’t be read.', {
    hint: 'Get or copy it again, and compare its checksum if one was published.',
    cause: error,
  });
}

/** Node gives codes to wrong arguments too: `ERR_OUT_OF_RANGE` and so on. */
const isMistake = (error: unknown): boolean => codeOf(error)?.startsWith('ERR_') === true;
