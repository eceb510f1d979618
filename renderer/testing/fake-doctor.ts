import type { Handlers } from '../../electron/contract/contract.ts';
import type { CheckResult } from '../../electron/contract/doctor.ts';
import { AppError } from '../../electron/contract/errors.ts';
import { then } from './fixtures.ts';

type DoctorHandlers = Pick<Handlers, Extract<keyof Handlers, `doctor.${string}`>>;

/** A doctor whose every cure works: the check passes from then on. */
export function doctorHandlers(world: { readonly checks: CheckResult[] }): DoctorHandlers {
  return {
    'doctor.examine': async () => await Promise.resolve({ at: then, checks: [...world.checks] }),
    'doctor.fix': async ({ checkId }) => {
      const index = world.checks.findIndex(({ id }) => id === checkId);
      const check = world.checks[index];
      if (check === undefined) throw new AppError('not-allowed', 'There is no such check.');
      const cured: CheckResult = { ...check, state: 'passed', summary: 'Well again', fixes: [] };
      world.checks[index] = cured;
      return await Promise.resolve(cured);
    },
    'doctor.diagnostics': async () => await Promise.resolve({ fileName: 'diagnostics.txt', text: '# Tatin' }),
  };
}
