import type { HomeMoveReport } from '../../contract/settings.ts';
import type { LongOperation } from '../operation.ts';
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

/** Moves a home, and has the settings follow it. */
export const operation: LongOperation<HomeMove, void> = {
  kind: 'move',
  async prepare(_services, move) {
    const { how } = await planHomeMove(move);
    return {
      title: `Moving ${move.from} to ${move.to}`,
      canPause: how === 'copy',
      run: (work) => moveHome(move, work, () => followMove(move)),
    };
  },
  abandon: (_services, move) => discardHomeMove(move),
};
