import type { ConnectionState } from '../../../electron/contract/contract.ts';
import type { AppError, ErrorInfo } from '../../../electron/contract/errors.ts';
import type { MachineState } from '../../../electron/contract/machine.ts';
import { isAlive } from '../../../electron/contract/verbs.ts';
import { stateOf } from '../../words/state-words.ts';
import type { ConsoleVm } from './console-vm.ts';
import type { ScreenSnapshot } from './screen-session.ts';

/** What stands where the guest's screen is shown. */
export type ScreenView =
  /** Nothing is known yet. */
  | { readonly kind: 'loading' }
  /** The VM is no longer in the library. */
  | { readonly kind: 'gone'; readonly error: ErrorInfo }
  | { readonly kind: 'unreadable'; readonly reason: string }
  /** Another program runs it. */
  | { readonly kind: 'elsewhere'; readonly pid: number }
  | { readonly kind: 'stopped'; readonly notRunnable: string | undefined }
  | { readonly kind: 'suspended'; readonly since: string }
  | { readonly kind: 'failed'; readonly error: ErrorInfo }
  /** A screen should be there soon; `since` is when the wait began, if that is known. */
  | { readonly kind: 'waiting'; readonly word: string; readonly since: string | undefined }
  | { readonly kind: 'live' }
  /** Live, but the guest stands still on its way to another state. */
  | { readonly kind: 'busy'; readonly word: string }
  | { readonly kind: 'paused'; readonly error: ErrorInfo | undefined }
  /** The machine goes on without us; it is tried again by itself. */
  | { readonly kind: 'lost'; readonly error: ErrorInfo }
  /** It has no screen; the serial console takes the space. */
  | { readonly kind: 'noDisplay' };

/** Attempts that may fail before the screen counts as lost: the socket of a machine that starts comes a little later. */
const patience = 3;

/** What to show for a VM, the connection to Tatin, and the screen's own channel. */
export function screenView(
  machine: ConsoleVm,
  connection: ConnectionState,
  screen: Pick<ScreenSnapshot, 'status'>,
): ScreenView {
  if (connection === 'lost') return { kind: 'lost', error: notThere };
  if (machine.kind === 'loading') return { kind: 'loading' };
  if (machine.kind === 'gone') return { kind: 'gone', error: machine.error };
  const { vm } = machine;
  if (vm.kind === 'unreadable') return { kind: 'unreadable', reason: vm.reason };
  const { state } = vm;
  if (!isAlive(state.phase)) return viewWithoutProcess(state, vm.notRunnable);
  if (state.phase === 'running' && state.owner === 'elsewhere') return { kind: 'elsewhere', pid: state.pid };
  if (screen.status.kind === 'live') return viewOfLive(state, stateOf(vm).word);
  if (screen.status.kind === 'refused') return { kind: 'noDisplay' };
  const isSettled = state.phase === 'running' || state.phase === 'paused';
  const failure = isSettled ? failureOf(screen.status) : undefined;
  if (failure !== undefined) return { kind: 'lost', error: failure.toInfo() };
  return {
    kind: 'waiting',
    word: isSettled ? 'Connecting' : stateOf(vm).word,
    since: !isSettled && 'since' in state ? state.since : undefined,
  };
}

const notThere: ErrorInfo = {
  code: 'connection-lost',
  message: 'Tatin does not answer.',
  hint: 'It may have been closed. The machine keeps running; this window reconnects when Tatin is back.',
};

function viewWithoutProcess(state: MachineState, notRunnable: string | undefined): ScreenView {
  if (state.phase === 'failed') return { kind: 'failed', error: state.error };
  if (state.phase === 'suspended') return { kind: 'suspended', since: state.since };
  return { kind: 'stopped', notRunnable };
}

function viewOfLive(state: MachineState, word: string): ScreenView {
  switch (state.phase) {
    case 'paused':
      return { kind: 'paused', error: state.error };
    case 'saving':
    case 'restoring':
      return { kind: 'busy', word };
    default:
      return { kind: 'live' };
  }
}

function failureOf(status: ScreenSnapshot['status']): AppError | undefined {
  return status.kind === 'opening' && status.failures >= patience ? status.error : undefined;
}
