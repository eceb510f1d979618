import type { Phase } from '../machine.ts';

/** The silhouettes that phases are drawn with. */
export type PhaseLook = 'running' | 'paused' | 'suspended' | 'stopped' | 'failed' | 'busy';

/** What each phase is called, in windows and menus alike. */
export const phaseWords: Readonly<Record<Phase, string>> = {
  stopped: 'Stopped',
  starting: 'Starting',
  running: 'Running',
  pausing: 'Pausing',
  paused: 'Paused',
  resuming: 'Resuming',
  saving: 'Saving',
  suspended: 'Suspended',
  restoring: 'Restoring',
  stopping: 'Stopping',
  failed: 'Failed',
};

/** What each phase looks like; those that pass look alike. */
export const phaseLooks: Readonly<Record<Phase, PhaseLook>> = {
  stopped: 'stopped',
  starting: 'busy',
  running: 'running',
  pausing: 'busy',
  paused: 'paused',
  resuming: 'busy',
  saving: 'busy',
  suspended: 'suspended',
  restoring: 'busy',
  stopping: 'busy',
  failed: 'failed',
};
