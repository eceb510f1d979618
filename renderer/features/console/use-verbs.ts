import { useState } from 'react';
import type { Client } from '../../../electron/contract/contract.ts';
import { AppError, type ErrorInfo } from '../../../electron/contract/errors.ts';
import type { Vm, VmId } from '../../../electron/contract/machine.ts';
import { type ConsoleVerb, isAllowed, questions } from './console-commands.ts';

/** Asking for verbs: what is under way, what must be confirmed first, and what went wrong. */
export interface Verbs {
  readonly isBusy: boolean;
  /** The verb that waits for a yes. */
  readonly question: ConsoleVerb | undefined;
  readonly error: ErrorInfo | undefined;
  /** Does the verb, or asks first where something would be lost; nothing where it makes no sense now. */
  readonly ask: (verb: ConsoleVerb) => void;
  /** Answers the question. */
  readonly answer: (yes: boolean) => void;
  readonly dismissError: () => void;
}

export function useVerbs(client: Client, id: VmId, vm: Vm | undefined, onReply: (vm: Vm) => void): Verbs {
  const [isBusy, setIsBusy] = useState(false);
  const [question, setQuestion] = useState<ConsoleVerb>();
  const [error, setError] = useState<ErrorInfo>();

  const run = async ({ call }: ConsoleVerb): Promise<void> => {
    setIsBusy(true);
    setError(undefined);
    try {
      onReply(await client.call(call, { id }));
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
      if (!isAllowed(verb.id, vm)) return;
      if (questions[verb.id] === undefined) void run(verb);
      else setQuestion(verb);
    },
    answer: (yes) => {
      setQuestion(undefined);
      if (yes && question !== undefined) void run(question);
    },
    dismissError: () => setError(undefined),
  };
}
