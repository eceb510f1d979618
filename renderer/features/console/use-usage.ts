import { useEffect, useRef, useState } from 'react';
import type { Client } from '../../../electron/contract/contract.ts';
import { AppError } from '../../../electron/contract/errors.ts';
import type { Usage, VmId } from '../../../electron/contract/machine.ts';

/** Between two questions for samples, in milliseconds; the driver takes one every second or two. */
const usageEveryMs = 2_000;
/** Between two pings of a guest's agent, in milliseconds: it comes and goes with the guest's own start. */
const agentEveryMs = 5_000;

/** Samples of the last minutes while the machine runs and the page is seen, oldest first. */
export function useUsage(client: Client, id: VmId, isOn: boolean): readonly Usage[] {
  return usePolled(isOn, usageEveryMs, (signal) => client.call('machines.usage', { id }, { signal })) ?? [];
}

/** Whether an agent answers in the guest; undefined while that is not known. */
export function useAgent(
  client: Client,
  id: VmId,
  isOn: boolean,
): { available: boolean; reason?: string | undefined } | undefined {
  return usePolled(isOn, agentEveryMs, (signal) => client.call('machines.agent', { id }, { signal }));
}

/** Asks again and again while it is on and somebody looks; forgets the answer when it is off. */
function usePolled<T>(isOn: boolean, everyMs: number, ask: (signal: AbortSignal) => Promise<T>): T | undefined {
  const [answer, setAnswer] = useState<T>();
  const latestAsk = useRef(ask);
  useEffect(() => {
    latestAsk.current = ask;
  });
  useEffect(() => {
    if (!isOn) return undefined;
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const poll = async (): Promise<void> => {
      if (document.visibilityState === 'visible') {
        try {
          setAnswer(await latestAsk.current(ended.signal));
        } catch (error) {
          // The next question may get an answer; a machine that ended turns this off.
          if (AppError.from(error).code === 'cancelled') return;
        }
      }
      if (!ended.signal.aborted) timer = setTimeout(() => void poll(), everyMs);
    };
    void poll();
    return () => {
      ended.abort();
      clearTimeout(timer);
      setAnswer(undefined);
    };
  }, [isOn, everyMs]);
  return answer;
}
