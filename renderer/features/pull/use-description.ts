import { useCallback, useEffect, useState } from 'react';
import { AppError, type ErrorInfo } from '../../../electron/contract/errors.ts';
import type { ImageDescription } from '../../../electron/contract/images.ts';
import { useApp } from '../../state/app.tsx';

/** What a registry said of a reference. */
export interface Described {
  readonly description: ImageDescription | undefined;
  readonly error: ErrorInfo | undefined;
  readonly isAsking: boolean;
  /** Asks again, e.g. after a login. */
  readonly again: () => void;
}

/** Typing is over when nothing was typed for so long, in milliseconds. */
const pauseMs = 400;

interface Answer {
  readonly key: string;
  readonly description?: ImageDescription;
  readonly error?: ErrorInfo;
}

/** Asks the registry of a reference as it is typed, once a pause shows that it is whole. */
export function useDescription(reference: string, insecure: boolean): Described {
  const { client } = useApp();
  const [round, setRound] = useState(0);
  const [answer, setAnswer] = useState<Answer>();
  const isWhole = /^[^\s/]+\/\S+$/.test(reference);
  const key = JSON.stringify([reference, insecure, round]);
  useEffect(() => {
    if (!isWhole) return;
    const controller = new AbortController();
    const set = (result: Omit<Answer, 'key'>): void => {
      if (!controller.signal.aborted) setAnswer({ key, ...result });
    };
    const timer = setTimeout(() => {
      client.call('images.describe', { reference, insecure }, { signal: controller.signal }).then(
        (description) => set({ description }),
        (error: unknown) => set({ error: AppError.from(error).toInfo() }),
      );
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [client, reference, insecure, isWhole, key]);
  const current = answer?.key === key ? answer : undefined;
  return {
    description: current?.description,
    error: current?.error,
    isAsking: isWhole && current === undefined,
    again: useCallback(() => setRound((number) => number + 1), []),
  };
}

/** Tags of a repository for the field's list; none while they are not known, or where the registry keeps them to itself. */
export function useTags(repository: string, insecure: boolean): readonly string[] {
  const { client } = useApp();
  const [answer, setAnswer] = useState<{ repository: string; tags: readonly string[] }>();
  useEffect(() => {
    if (!/^[^\s/]+\/\S+$/.test(repository)) return;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      client.call('images.tags', { repository, insecure }, { signal: controller.signal }).then(
        ({ tags }) => controller.signal.aborted || setAnswer({ repository, tags }),
        // The list is a help; without it the tag is typed.
        () => undefined,
      );
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [client, repository, insecure]);
  return answer?.repository === repository ? answer.tags : [];
}
