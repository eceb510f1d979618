import { existsSync } from 'node:fs';
import { AppError } from '../contract/errors.ts';
import { codeOf, hasCode } from '../files/error-codes.ts';
import type { Home } from './home.ts';
import { homeUnavailable } from './home.ts';
import { outOfSpace } from '../files/space.ts';

/**
 * Runs work on the home and throws only AppErrors. `what` begins the sentence: "Making “web”".
 */
export async function withUserErrors<T>(home: Home, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (hasCode(error, 'ENOSPC', 'EDQUOT')) throw await outOfSpace(home.path, what, error);
    throw translate(home, what, error);
  }
}

function translate(home: Home, what: string, error: unknown): AppError {
  const details = error instanceof Error ? error.message : String(error);
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return new AppError('file-not-allowed', `${what} is not allowed: the system refused access to a file.`, {
        hint: `Check who owns the files in ${home.path}.`,
        details,
        cause: error,
      });
    // Of a file of the home: others are told of where they are read.
    case 'EIO':
    case 'ENXIO':
    case 'ENODEV':
    case 'ESTALE':
    case 'EROFS':
      return homeUnavailable(home, error);
    // Whoever looks for something that must be there says so himself; what is left was there a moment ago.
    case 'ENOENT':
      if (!existsSync(home.path)) return homeUnavailable(home, error);
      return new AppError('vm-not-found', `${what} failed: another program moved or deleted it at the same time.`, {
        hint: 'Look at the list again.',
        details,
        cause: error,
      });
    case 'ENAMETOOLONG':
      return new AppError('name-not-allowed', 'The name is too long for the file system.', { details, cause: error });
    case 'EFBIG':
      return new AppError('invalid-input', `${what} failed: the file system can't hold a file of that size.`, {
        hint: 'Choose a smaller disk.',
        details,
        cause: error,
      });
    default:
      return AppError.from(error);
  }
}
