import type { Phase, Vm } from './machine.ts';

/** What can be asked of a machine's life. */
export const verbs = [
  'start',
  'pause',
  'resume',
  'suspend',
  'shutDown',
  'forceStop',
  'reset',
  'discardSuspended',
  'openConsole',
  'configure',
  'clone',
  'rename',
  'delete',
] as const;
export type Verb = (typeof verbs)[number];

/** The verbs that are one request about one machine, with its procedure. */
export const verbProcedures = {
  start: 'machines.start',
  resume: 'machines.resume',
  pause: 'machines.pause',
  suspend: 'machines.suspend',
  shutDown: 'machines.shutDown',
  reset: 'machines.reset',
  forceStop: 'machines.forceStop',
  discardSuspended: 'machines.discardSuspended',
} as const satisfies { readonly [V in Verb]?: `machines.${V}` };
export type RequestVerb = keyof typeof verbProcedures;

/** The verbs that make sense in each phase. `configure` here means the settings that are fixed while it runs. */
const byPhase: Record<Phase, readonly Verb[]> = {
  stopped: ['start', 'configure', 'clone', 'rename', 'delete'],
  failed: ['start', 'configure', 'clone', 'rename', 'delete'],
  suspended: ['start', 'discardSuspended', 'clone', 'rename', 'delete'],
  starting: ['forceStop', 'openConsole'],
  running: ['pause', 'suspend', 'shutDown', 'forceStop', 'reset', 'openConsole'],
  pausing: ['forceStop', 'openConsole'],
  paused: ['resume', 'suspend', 'forceStop', 'openConsole'],
  resuming: ['forceStop', 'openConsole'],
  saving: ['openConsole'],
  restoring: ['forceStop', 'openConsole'],
  stopping: ['forceStop', 'openConsole'],
};

/** The verbs that work on this VM now. What another program runs can be asked to suspend or to stop, and nothing else. */
export function allowedVerbs(vm: Vm): ReadonlySet<Verb> {
  if (vm.kind === 'unreadable') return new Set<Verb>(['delete']);
  if (vm.state.phase === 'running' && vm.state.owner === 'elsewhere')
    return new Set<Verb>(['suspend', 'shutDown', 'forceStop']);
  const allowed = new Set(byPhase[vm.state.phase]);
  if (vm.notRunnable !== undefined) allowed.delete('start');
  return allowed;
}

/** Whether a process stands behind the machine in this phase. */
export function isAlive(phase: Phase): boolean {
  return phase !== 'stopped' && phase !== 'failed' && phase !== 'suspended';
}
