import { AppError } from '../../contract/errors.ts';
import { withUserErrors } from '../../library/file-errors.ts';
import { hasCode } from '../../files/error-codes.ts';
import type { Home } from '../../library/home.ts';
import { freeBytes, reserveBytes } from '../../files/space.ts';
import { diskText } from '../../contract/words/sizes.ts';
import { type Reference, printReference } from '../../contract/reference.ts';

/** Runs a pull and throws only AppErrors. */
export async function pullErrors<T>(home: Home, name: Reference, work: () => Promise<T>): Promise<T> {
  return await withUserErrors(home, `Pulling ${printReference(name)}`, async () => {
    try {
      return await work();
    } catch (error) {
      if (hasCode(error, 'ENOSPC', 'EDQUOT')) throw await fullDisk(home, name, error);
      throw error;
    }
  });
}

/** Unlike with other work nothing is undone: what has come stays, so that it need not come again. */
async function fullDisk(home: Home, name: Reference, cause: unknown): Promise<AppError> {
  const [free, kept] = await Promise.all([freeBytes(home.cache), reserveBytes(home.cache)]).catch(() => [0, 0]);
  return new AppError(
    'no-space',
    `Pulling ${printReference(name)} stopped because the disk is full (${diskText(free)} are free, and ${diskText(kept)} are left to running machines).`,
    {
      hint: 'Delete what you no longer need, or empty the Trash, and try again: what was fetched is kept, and the pull continues from there.',
      retry: true,
      cause,
    },
  );
}
