import { useEffect, useRef, useState } from 'react';
import { AppError, type ErrorInfo } from '../../electron/contract/errors.ts';

/** What came of a question; neither value nor error while it is asked, or where nothing is asked. */
export interface Answer<T> {
  readonly value: T | undefined;
  readonly error: ErrorInfo | undefined;
  readonly isAsking: boolean;
}

/**
 * Asks the other side, and asks anew when the question is another; an answer to an earlier one is never shown.
 * @param question tells one question from another; undefined asks nothing
 * @param pauseMs for a question that is being typed: how long it must have stood
 */
export function useAnswer<T>(
  question: string | undefined,
  ask: (signal: AbortSignal) => Promise<T>,
  pauseMs = 0,
): Answer<T> {
  const [answer, setAnswer] = useState<{ question: string; value?: T; error?: ErrorInfo }>();
  const latest = useRef(ask);
  useEffect(() => {
    latest.current = ask;
  });
  useEffect(() => {
    if (question === undefined) return;
    const controller = new AbortController();
    const { signal } = controller;
    const put = async (): Promise<void> => {
      try {
        const value = await latest.current(signal);
        if (!signal.aborted) setAnswer({ question, value });
      } catch (thrown) {
        if (!signal.aborted) setAnswer({ question, error: AppError.from(thrown).toInfo() });
      }
    };
    const timer = setTimeout(() => void put(), pauseMs);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [question, pauseMs]);
  const current = answer?.question === question ? answer : undefined;
  return {
    value: current?.value,
    error: current?.error,
    isAsking: question !== undefined && current === undefined,
  };
}
