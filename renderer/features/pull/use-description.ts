import type { ProcedureOutput } from '../../../electron/contract/contract.ts';
import type { ImageDescription } from '../../../electron/contract/images.ts';
import { type Answer, useAnswer } from '../../client/use-answer.ts';
import { useApp } from '../../state/app.tsx';

/** Typing is over when nothing was typed for so long, in milliseconds. */
const pauseMs = 400;

/** A registry, a slash and something behind it. */
const whole = /^[^\s/]+\/\S+$/;

/** What a registry is asked about; another `round` asks it again, e.g. after a login. */
interface Question {
  readonly insecure: boolean;
  readonly round: number;
}

/** Asks the registry of a reference as it is typed, once a pause shows that it is whole. */
export function useDescription(reference: string, { insecure, round }: Question): Answer<ImageDescription> {
  const { client } = useApp();
  return useAnswer(
    whole.test(reference) ? JSON.stringify([reference, insecure, round]) : undefined,
    (signal) => client.call('images.describe', { reference, insecure }, { signal }),
    pauseMs,
  );
}

/** Tags of a repository for the field's list. */
export function useTags(repository: string, { insecure, round }: Question): Answer<ProcedureOutput<'images.tags'>> {
  const { client } = useApp();
  return useAnswer(
    whole.test(repository) ? JSON.stringify([repository, insecure, round]) : undefined,
    (signal) => client.call('images.tags', { repository, insecure }, { signal }),
    pauseMs,
  );
}
