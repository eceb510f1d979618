import { useRef, useState } from 'react';
import { AppError, type ErrorInfo } from '../../electron/contract/errors.ts';

/** The work behind a form or a button, as it is shown there. */
export interface Submit<A extends unknown[]> {
  /** Begins the work, unless it is busy already. Resolves with whether it succeeded; never rejects. */
  readonly run: (...given: A) => Promise<boolean>;
  readonly isBusy: boolean;
  /** Why the last run failed; undefined from the start of the next one. */
  readonly error: ErrorInfo | undefined;
  readonly dismissError: () => void;
}

/** Runs `work` on demand, one run at a time, and keeps its failure for the place where it was asked for. */
export function useSubmit<A extends unknown[]>(work: (...given: A) => Promise<unknown>): Submit<A> {
  const [state, setState] = useState<{ isBusy: boolean; error?: ErrorInfo }>({ isBusy: false });
  // A second click may come before the first has been rendered.
  const isBusy = useRef(false);
  const run = async (...given: A): Promise<boolean> => {
    if (isBusy.current) return false;
    isBusy.current = true;
    setState({ isBusy: true });
    try {
      await work(...given);
      setState({ isBusy: false });
      return true;
    } catch (thrown) {
      setState({ isBusy: false, error: AppError.from(thrown).toInfo() });
      return false;
    } finally {
      isBusy.current = false;
    }
  };
  const dismissError = (): void => setState(({ isBusy: stays }) => ({ isBusy: stays }));
  return { run, isBusy: state.isBusy, error: state.error, dismissError };
}
