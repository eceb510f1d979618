import type { Job } from '../../contract/job.ts';
import { homeMoveSchema, type HomeMoveReport } from '../../contract/settings.ts';
import type { JobList } from '../../jobs/job-list.ts';
import { AppError } from '../../contract/errors.ts';
import { discardHomeMove, moveHome, planHomeMove } from '../../library/move-home.ts';
import type { HomeMove } from '../../library/home-move-state.ts';
import { followMove } from '../../settings/homes.ts';

/** What moving a home would do, or why it can't be. */
export async function inspectHomeMove(move: HomeMove): Promise<HomeMoveReport> {
  try {
    return await planHomeMove(move);
  } catch (error) {
    return { how: 'copy', machineCount: 0, bytes: 0, freeBytes: 0, problem: AppError.from(error).toInfo() };
  }
}

/** Moves a home as a job. What stands in the way is thrown at once. */
export async function startHomeMove({ jobs }: { jobs: JobList }, move: HomeMove): Promise<Job> {
  const { how } = await planHomeMove(move);
  return jobs.start({
    kind: 'move',
    title: `Moving ${move.from} to ${move.to}`,
    request: { procedure: 'homes.move', input: move },
    canPause: how === 'copy',
    run: (work) => moveHome(move, work, () => followMove(move)),
  });
}

/** Deletes what moves have copied when nobody will go on with them. */
export function discardAbandonedHomeMoves({ jobs }: { jobs: JobList }): void {
  jobs.onAbandon(({ procedure, input }) => {
    if (procedure !== 'homes.move') return;
    const move = homeMoveSchema.safeParse(input).data;
    if (move !== undefined) void discardHomeMove(move).catch(() => undefined);
  });
}
