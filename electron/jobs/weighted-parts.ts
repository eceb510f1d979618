import type { Work } from './work.ts';
import { fractionOf } from './job-progress.ts';

/**
 * The parts of a piece of work that are done one after the other, as works of their own: what each says of its own 0 to 1
 * counts in the whole by its weight, so that one bar goes from end to end once.
 * @param weights how long each takes, in any unit
 */
export function partsOf<const Weights extends readonly [number, ...number[]]>(
  work: Work,
  weights: Weights,
): { [Index in keyof Weights]: Work } {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let before = 0;
  const parts = weights.map((weight) => {
    const start = before / total;
    before += weight;
    return partOf(work, start, weight / total);
  });
  // `map` keeps the length, which its type does not say.
  return parts as { [Index in keyof Weights]: Work };
}

function partOf(work: Work, start: number, share: number): Work {
  return {
    signal: work.signal,
    progress: (progress) => {
      const fraction = fractionOf(progress);
      // The first part says nothing of the whole while it knows nothing of itself.
      if (fraction === undefined && start === 0) work.progress(progress);
      else work.progress({ ...progress, fraction: start + share * (fraction ?? 0) });
    },
  };
}
