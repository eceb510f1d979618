import type { ParsedInput } from '../../contract/contract.ts';
import { AppError } from '../../contract/errors.ts';
import type { Pruned, PruneReport } from '../../contract/images.ts';
import type { Library } from '../../library/library.ts';
import type { Work } from '../../jobs/work.ts';
import type { LongOperation } from '../operation.ts';
import { vmCandidates } from '../../registry/cache/candidates.ts';
import { type Candidate, judge } from '../../registry/cache/prune-rules.ts';
import { deleteCandidates, toDelete, previewCachePrune, pruneCache, reportOf } from '../../registry/cache/prune.ts';

export type PruneRequest = ParsedInput<'images.prune'>;

/** What a prune would take and leave, without touching anything. @throws AppError `invalid-input` without a criterion */
export async function previewPrune(library: Library, request: PruneRequest): Promise<PruneReport> {
  requireCriterion(request);
  if (request.entries === 'caches') return previewCachePrune(library.home, request);
  return reportOf(judge(vmCandidates(await library.list()), request));
}

/** Prunes, and gives what went. @throws AppError `invalid-input` without a criterion, `cancelled` */
async function prune(library: Library, request: PruneRequest, work: Work): Promise<Candidate[]> {
  requireCriterion(request);
  if (request.entries === 'caches') return await pruneCache(library.home, request, work);
  const going = toDelete(judge(vmCandidates(await library.list()), request));
  return await deleteCandidates(going, work, ({ name }) => deleteIfStopped(library, name));
}

/** Prunes the cache or the VMs. */
export const operation: LongOperation<PruneRequest, Pruned> = {
  kind: 'prune',
  prepare({ library }, request) {
    requireCriterion(request);
    return {
      title: request.entries === 'caches' ? 'Pruning the cache' : 'Pruning virtual machines',
      run: async (work) => {
        const removed = await prune(library, request, work);
        return {
          names: removed.map(({ name }) => name),
          freedBytes: removed.reduce((sum, { bytes }) => sum + bytes, 0),
        };
      },
    };
  },
};

function requireCriterion({ olderThanDays, spaceBudgetBytes, only }: PruneRequest): void {
  if (olderThanDays === undefined && spaceBudgetBytes === undefined && only === undefined)
    throw new AppError('invalid-input', 'At least one pruning criterion must be specified.', {
      hint: 'Give an age, a budget or what to delete.',
    });
}

/** One that was started or deleted since the list was made stays as it is. */
async function deleteIfStopped(library: Library, name: string): Promise<boolean> {
  try {
    await library.delete(name, 'permanent');
    return true;
  } catch (error) {
    if (error instanceof AppError && (error.code === 'vm-running' || error.code === 'vm-not-found')) return false;
    throw error;
  }
}
