import { AppError } from '../contract/errors.ts';
import { type RetryPolicy, Temporary, withRetries } from '../host/retry.ts';
import type { Work } from '../jobs/work.ts';
import { type DownloadRequest, downloadIpsw, downloadingStep } from './download.ts';

/** About two minutes of failures in a row. */
const defaultPolicy: RetryPolicy = { attempts: 8, pauseMs: 1000, maxPauseMs: 60_000 };

/**
 * Fetches an image as `downloadIpsw` does, and goes on by itself where a connection broke: an image takes long enough that
 * one will. It gives up after as many attempts as the policy says that brought nothing more.
 * @throws AppError as `downloadIpsw`
 */
export async function downloadPatiently(
  request: DownloadRequest,
  work: Work,
  policy: RetryPolicy = defaultPolicy,
): Promise<string> {
  let farthest = 0;
  let hasCome = false;
  const progress: Work['progress'] = (report) => {
    if (report.step === downloadingStep && (report.bytesDone ?? 0) > farthest) {
      farthest = report.bytesDone ?? 0;
      hasCome = true;
    }
    work.progress(report);
  };
  const attempt = async (): Promise<string> => {
    hasCome = false;
    try {
      return await downloadIpsw(request, { ...work, progress });
    } catch (error) {
      if (!isPassing(error)) throw error;
      work.progress({ step: `${error.message} It goes on in a moment` });
      throw new Temporary(error);
    }
  };
  return await withRetries(attempt, policy, work.signal, () => hasCome);
}

function isPassing(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'image-unavailable' && error.retry === true;
}
