import { useState } from 'react';
import type { Client } from '../../../electron/contract/contract.ts';
import { AppError, type ErrorInfo } from '../../../electron/contract/errors.ts';
import type { Vm, VmId } from '../../../electron/contract/machine.ts';
import { type RequestVerb, verbProcedures } from '../../../electron/contract/verbs.ts';
import { isLossy, type LossyVerb } from '../../../electron/contract/words/verb-questions.ts';

/** Asking for verbs: what is under way, what must be confirmed first, and what went wrong. */
export interface Verbs {
  readonly isBusy: boolean;
  /** The verb that waits for a yes. */
  readonly question: LossyVerb | undefined;
  readonly error: ErrorInfo | undefined;
  /** Does the verb, or asks first where something would be lost. */
  readonly ask: (verb: RequestVerb) => void;
  /** Answers the question. */
  readonly answer: (yes: boolean) => void;
  readonly dismissError: () => void;
}

export function useVerbs(client: Client, id: VmId, onReply: (vm: Vm) => void): Verbs {
  const [isBusy, setIsBusy] = useState(false);
  const [question, setQuestion] = useState<LossyVerb>();
  const [error, setError] = useState<ErrorInfo>();

  const run = async (verb: RequestVerb): Promise<void> => {
    setIsBusy(true);
    setError(undefined);
    try {
      onReply(await client.call(verbProcedures[verb], { id }));
    } catch (thrown) {
      setError(AppError.from(thrown).toInfo());
    } finally {
      setIsBusy(false);
    }
  };
  return {
    isBusy,
    question,
    error,
    ask: (verb) => {
      if (isLossy(verb)) setQuestion(verb);
      else void run(verb);
    },
    answer: (yes) => {
      setQuestion(undefined);
      if (yes && question !== undefined) void run(question);
    },
    dismissError: () => setError(undefined),
  };
}
