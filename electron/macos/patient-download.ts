import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../contract/errors.ts';
import type { Work } from '../jobs/work.ts';
import { type DownloadRequest, downloadIpsw, downloadingStep } from './download.ts';

/** Pauses before further tries after a connection broke without having brought anything, in milliseconds. */
const defaultPausesMs = [1_000, 4_000, 15_000, 30_000, 60_000];

/**
 * Fetches an image as `downloadIpsw` does, and goes on by itself where a connection broke: an image takes long enough that
 * one will. It gives up when nothing more has come for as many tries as there are pauses.
 * @throws AppError as `downloadIpsw`
 */
export async function downloadPatiently(
  request: DownloadRequest,
  work: Work,
  pausesMs: readonly number[] = defaultPausesMs,
): Promise<string> {
  let farthest = 0;
  let tries = 0;
  const progress: Work['progress'] = (report) => {
    if (report.step === downloadingStep && (report.bytesDone ?? 0) > farthest) {
      farthest = report.bytesDone ?? 0;
      tries = 0;
    }
    work.progress(report);
  };
  for (;;) {
    try {
      return await downloadIpsw(request, { ...work, progress });
    } catch (error) {
      const pauseMs = pausesMs[tries];
      if (pauseMs === undefined || !isPassing(error)) throw error;
      tries += 1;
      work.progress({ step: `${error.message} It goes on in a moment` });
      await delay(pauseMs, undefined, { signal: work.signal });
    }
  }
}

function isPassing(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'image-unavailable' && error.retry === true;
}
