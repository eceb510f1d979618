import { describe, expect, it } from 'vitest';
import { AppError } from '../contract/errors.ts';
import { withFolderLock } from './locks.ts';
import { retryWhileBusy } from './retry-while-busy.ts';
import { OtherProgram, holdFlock } from '../library/testing/other-program.ts';
import { temporaryFolder } from '../library/testing/temporary-home.ts';

describe('patiently', () => {
  it('says that another program keeps the lock when patience ends', async () => {
    using folder = temporaryFolder();
    await using other = OtherProgram.python(holdFlock, folder.path);
    expect(await other.line()).toBe('locked');
    const end = new AbortController();
    const work = retryWhileBusy(
      folder.path,
      (patience) => withFolderLock(folder.path, () => 'done', patience),
      end.signal,
    );
    end.abort();
    await expect(work).rejects.toMatchObject({ code: 'vm-locked', retry: true });
  });

  it('passes on what the work returns and throws', async () => {
    expect(await retryWhileBusy('/x', () => Promise.resolve(1))).toBe(1);
    const error = new AppError('vm-exists', 'There is one.');
    await expect(retryWhileBusy('/x', () => Promise.reject(error), AbortSignal.abort())).rejects.toBe(error);
  });
});
