import type { AppError } from '../../contract/errors.ts';

/** How a guest ended; `error`: why, where neither the user nor the guest itself ended it. */
export interface EngineEnd {
  readonly error?: AppError;
}

/** What an engine reports, whether it was asked for or not. */
export type EngineEvent =
  | { readonly kind: 'running' }
  /** The guest's CPUs stand still. `error`: the fault that made the engine stop them. */
  | { readonly kind: 'paused'; readonly error?: AppError | undefined }
  /** Something that the user should know while the guest runs. */
  | { readonly kind: 'warning'; readonly text: string };

/** Why a guest can't be suspended. */
export interface SaveProblem {
  /** Ends the sentence "The machine can't be suspended ...". */
  readonly reason: string;
  readonly hint: string;
  /** In the engine's own words. */
  readonly details: string;
}

/**
 * What runs one guest: QEMU or Virtualization.framework. It does what it is asked to and reports what happens; which
 * request makes sense in which state is decided by {@link MachineLife}. Every request rejects with AppError when it fails.
 */
export interface Engine {
  /** Whether {@link start} goes on from a saved state. */
  readonly restores: boolean;
  /** Resolves when nothing of the guest runs any more, for whatever reason. */
  readonly ended: Promise<EngineEnd>;
  onEvent(listener: (event: EngineEvent) => void): void;
  /** Resolves when the guest's CPUs run. A saved state is used up by that. */
  start(): Promise<void>;
  /** Presses the power button. Resolves when it is pressed; the guest takes its time. */
  requestShutdown(): Promise<void>;
  /** Cuts the power. Resolves when nothing of the guest runs any more. */
  stop(): Promise<void>;
  reset(): Promise<void>;
  /** Resolves when the guest's CPUs stand still. */
  pause(): Promise<void>;
  /** Resolves when the guest's CPUs run. */
  resume(): Promise<void>;
  /** Why {@link save} would fail, as far as that is known before. */
  saveProblem(): Promise<SaveProblem | undefined>;
  /** Saves the state of the paused guest in its VM's folder. Of a save that fails nothing is left. */
  save(): Promise<void>;
}
