import type { RequestVerb } from '../verbs.ts';

/** A question before something is lost. */
export interface VerbQuestion {
  readonly title: string;
  /** What is lost. */
  readonly text: string;
  /** On the button that does it. */
  readonly verb: string;
}

/** Verbs that lose something. */
export type LossyVerb = Extract<RequestVerb, 'forceStop' | 'reset' | 'discardSuspended'>;

const questions: Readonly<Record<LossyVerb, { title: (what: string) => string; text: string; verb: string }>> = {
  forceStop: {
    title: (what) => `Force ${what} to stop?`,
    text: 'This is like pulling the plug: what the guest has not written to its disk is lost. Shut Down asks the guest instead.',
    verb: 'Force Stop',
  },
  reset: {
    title: (what) => `Reset ${what}?`,
    text: 'The guest starts again at once, as if its reset button were pressed. What it has not written to its disk is lost.',
    verb: 'Reset',
  },
  discardSuspended: {
    title: (what) => `Discard the saved state of ${what}?`,
    text: 'The next start boots afresh. The disk stays; programs that were open in the guest are lost.',
    verb: 'Discard',
  },
};

/** Whether a verb loses something, so that it is asked about first. */
export function isLossy(verb: RequestVerb): verb is LossyVerb {
  return verb in questions;
}

/**
 * What is asked before a verb that loses something.
 * @param what the machine, e.g. “web” in its quotation marks, or "3 machines"
 */
export function verbQuestion(verb: LossyVerb, what: string): VerbQuestion {
  const { title, ...rest } = questions[verb];
  return { title: title(what), ...rest };
}
