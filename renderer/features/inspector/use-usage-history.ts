import { useEffect, useState } from 'react';
import type { UsageHistory, UsageRange } from '../../../electron/contract/usage-history.ts';
import { useApp } from '../../state/app.tsx';

/** A long range changes slowly; in milliseconds. */
const maxPauseMs = 60_000;

/** What a machine took over a range, asked for anew with every step of it; undefined until it has come. */
export function useUsageHistory(id: string, range: UsageRange): UsageHistory | undefined {
  const { client } = useApp();
  const [known, setKnown] = useState<{ range: UsageRange; history: UsageHistory }>();
  useEffect(() => {
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      let stepSeconds = 10;
      if (!document.hidden)
        try {
          const history = await client.call('usage.history', { id, range }, { signal: controller.signal });
          setKnown({ range, history });
          ({ stepSeconds } = history);
        } catch {
          // What was known stays; it is asked for again.
        }
      if (!controller.signal.aborted) timer = setTimeout(() => void ask(), Math.min(maxPauseMs, stepSeconds * 1000));
    };
    void ask();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [client, id, range]);
  return known?.range === range ? known.history : undefined;
}
