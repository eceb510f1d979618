import { useEffect, useState } from 'react';
import { AppError, type ErrorInfo } from '../../../electron/contract/errors.ts';
import type { Network } from '../../../electron/contract/network.ts';
import { useApp } from '../../state/app.tsx';

interface State {
  readonly network: Network | undefined;
  readonly error: ErrorInfo | undefined;
  readonly isReading: boolean;
}

/** The network as last read, and how to read it again; what was known stays in sight meanwhile. */
export function useNetwork(): State & { readAgain: () => void; put: (network: Network) => void } {
  const { client } = useApp();
  const [round, setRound] = useState(0);
  const [state, setState] = useState<State>({ network: undefined, error: undefined, isReading: true });
  useEffect(() => {
    const controller = new AbortController();
    // An answer that comes after the page was left, or after it was asked again, is let go.
    const set = (change: (known: State) => State): void => {
      if (!controller.signal.aborted) setState(change);
    };
    client.call('network.get', {}, { signal: controller.signal }).then(
      (network) => set(() => ({ network, error: undefined, isReading: false })),
      (thrown: unknown) => set((known) => ({ ...known, error: AppError.from(thrown).toInfo(), isReading: false })),
    );
    return () => controller.abort();
  }, [client, round]);
  return {
    ...state,
    readAgain: () => {
      setState((known) => ({ ...known, isReading: true }));
      setRound((number) => number + 1);
    },
    put: (network) => setState({ network, error: undefined, isReading: false }),
  };
}
