import { type CheckResult, type Diagnosis } from '../contract/doctor.ts';
import { AppError } from '../contract/errors.ts';
import type { Check, Repair, Finding, CheckContext } from './check.ts';

/** A program that never answers must not hold up the rest; in milliseconds. */
const limitMs = 30_000;

const order: readonly CheckResult['state'][] = ['failed', 'attention', 'passed', 'skipped'];

/** Looks at this host and its home, and cures what it finds. It keeps nothing: each question is asked of the system. */
export class Doctor {
  readonly #checks: readonly Check[];
  readonly #surroundings: CheckContext;

  constructor(checks: readonly Check[], surroundings: CheckContext) {
    this.#checks = checks;
    this.#surroundings = surroundings;
  }

  /** Every check, worst first. One that can't look says so, as one that failed. */
  async examine(signal: AbortSignal): Promise<Diagnosis> {
    const at = this.#surroundings.now().toISOString();
    const results = await Promise.all(
      this.#checks.map(async (check) => resultOf(check, await this.#look(check, signal))),
    );
    const checks = order.flatMap((state) => results.filter((result) => result.state === state));
    return { at, checks };
  }

  /**
   * Carries out one cure of a check that still finds it necessary, and looks again.
   * @throws AppError `not-allowed` if the check or the cure is not there (any more), or what the cure throws
   */
  async fix(checkId: string, fixId: string, signal: AbortSignal): Promise<CheckResult> {
    const check = this.#checks.find(({ id }) => id === checkId);
    if (check === undefined) throw new AppError('not-allowed', 'There is no such check.');
    const { cures = [] } = await this.#look(check, signal);
    const cure = cures.find(({ id }) => id === fixId);
    if (cure?.apply === undefined)
      throw new AppError('not-allowed', `“${check.title}” does not need that any more.`, { hint: 'Check again.' });
    await cure.apply(signal);
    return resultOf(check, await this.#look(check, signal));
  }

  async #look(check: Check, signal: AbortSignal): Promise<Finding> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
    try {
      return await Promise.race([check.look(this.#surroundings, limit), aborted(limit)]);
    } catch (error) {
      signal.throwIfAborted();
      const { message, details } = AppError.from(error);
      const late = limit.aborted ? `It took longer than ${limitMs / 1000} seconds.` : message;
      return {
        state: 'failed',
        summary: `This could not be checked. ${late}`,
        lookedAt: 'The check itself failed.',
        ...(details === undefined ? {} : { details }),
      };
    }
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(AppError.from(signal.reason)), { once: true });
  return promise;
}

function resultOf({ id, title }: Check, finding: Finding): CheckResult {
  const { state, summary, lookedAt, details, cures = [] } = finding;
  return {
    ...{ id, title, state, summary, lookedAt },
    ...(details === undefined ? {} : { details }),
    fixes: cures.map(fixOf),
  };
}

function fixOf({ id, title, kind, says, place }: Repair): CheckResult['fixes'][number] {
  return { id, title, kind, ...(says === undefined ? {} : { says }), ...(place === undefined ? {} : { place }) };
}
