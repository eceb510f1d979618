import type { ErrorInfo } from '../../electron/contract/errors.ts';

/** What happened and what to do next, in one line. */
export function errorText({ message, hint }: Pick<ErrorInfo, 'message' | 'hint'>): string {
  return hint === undefined ? message : `${message} ${hint}`;
}
