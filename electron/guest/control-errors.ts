import { Code, ConnectError } from '@connectrpc/connect';
import { AppError } from '../contract/errors.ts';
import type { ErrorCode } from '../contract/errors.ts';

/** How our errors cross control.sock, where only gRPC's codes and a sentence fit. */
const codes: readonly (readonly [ErrorCode, Code])[] = [
  ['agent-unavailable', Code.Unavailable],
  ['no-address', Code.NotFound],
  ['timeout', Code.DeadlineExceeded],
  ['not-supported', Code.Unimplemented],
  ['invalid-input', Code.InvalidArgument],
  ['cancelled', Code.Canceled],
];

/** What is told to a client of control.sock. */
export function toConnectError(thrown: unknown): ConnectError {
  if (thrown instanceof ConnectError) return thrown;
  const error = AppError.from(thrown);
  const code = codes.find(([ours]) => ours === error.code)?.[1] ?? Code.FailedPrecondition;
  const message = error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
  return new ConnectError(message, code, undefined, undefined, error);
}

/** Longest complaint of a guest's agent that is passed on, in characters. */
const maxMessageLength = 1000;

/** What a server of control.sock told, ours or Tart's. */
export function fromConnectError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const error = ConnectError.from(thrown);
  const code = codes.find(([, theirs]) => theirs === error.code)?.[0] ?? 'agent-failed';
  const retry = code === 'agent-unavailable' || code === 'no-address' || code === 'timeout';
  return new AppError(code, error.rawMessage.slice(0, maxMessageLength), { cause: error, ...(retry ? { retry } : {}) });
}
