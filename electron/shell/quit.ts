import { endsWithTatin, type Job } from '../contract/job.ts';
import type { MachineVm, Vm } from '../contract/machine.ts';
import { isAlive } from '../contract/verbs.ts';

/** What to do about running machines and jobs before the app ends. */
export type QuitChoice = 'suspend' | 'shutDown' | 'leave' | 'whenJobsEnd' | 'cancel';

/** What to do about machines that take their time to end. */
export type PatienceChoice = 'wait' | 'forceStop' | 'cancel';

/** A question for a sheet. The last answer is what Escape means. */
export interface Question<Choice extends string> {
  message: string;
  detail: string;
  answers: readonly { label: string; choice: Choice }[];
  /** The default, if it is not the first. */
  safe?: Choice;
}

/** The machines that Tatin runs; what another program runs is not ours to end or to worry about. */
export function ownRunning(vms: Iterable<Vm>): MachineVm[] {
  return [...vms].filter((vm) => {
    if (vm.kind !== 'machine' || !isAlive(vm.state.phase)) return false;
    return vm.state.phase !== 'running' || vm.state.owner === 'tatin';
  }) as MachineVm[]; // The filter lets only machines through; Array.filter can't tell from a block.
}

/**
 * What quitting asks, if anything: about the machines that run, else about the jobs at work. To leave machines running is
 * offered where all of them go on without the app.
 */
export function quitQuestion(vms: Iterable<Vm>, jobs: readonly Job[]): Question<QuitChoice> | undefined {
  const running = ownRunning(vms);
  const working = jobs.filter(endsWithTatin);
  if (running.length > 0)
    return machinesQuestion(
      running,
      working,
      running.every((vm) => vm.survivesApp === true),
    );
  if (working.length > 0) return jobsQuestion(working);
  return undefined;
}

function machinesQuestion(running: readonly MachineVm[], jobs: readonly Job[], survive: boolean): Question<QuitChoice> {
  const one = running.length === 1;
  const names = running.map((vm) => vm.name);
  const what = one ? `“${names[0] ?? ''}” is running` : `${running.length} virtual machines are running`;
  const sentences = [
    ...(one ? [] : [`${listWords(names)}.`]),
    'Suspend keeps what is open in the guest, Shut Down asks the guest to end.',
    survive
      ? `${one ? 'It' : 'They'} can also keep running without Tatin; open it again to see ${one ? 'it' : 'them'}.`
      : `${one ? 'It' : 'Not all of them'} can${one ? ' not' : ''} keep running without Tatin.`,
    ...(jobs.length > 0 ? [jobsLost(jobs)] : []),
  ];
  const leave = { label: 'Leave Running', choice: 'leave' } as const;
  return {
    message: what,
    detail: sentences.join(' '),
    answers: [
      ...(survive ? [leave] : []),
      { label: 'Suspend and Quit', choice: 'suspend' },
      { label: 'Shut Down and Quit', choice: 'shutDown' },
      { label: 'Cancel', choice: 'cancel' },
    ],
  };
}

function jobsQuestion(jobs: readonly Job[]): Question<QuitChoice> {
  const one = jobs.length === 1;
  return {
    message: one ? `“${jobs[0]?.title ?? ''}” is not done` : `${jobs.length} jobs are not done`,
    detail: jobsLost(jobs),
    answers: [
      { label: 'Quit When Done', choice: 'whenJobsEnd' },
      { label: 'Quit Now', choice: 'leave' },
      { label: 'Cancel', choice: 'cancel' },
    ],
  };
}

function jobsLost(jobs: readonly Job[]): string {
  return jobs.length === 1
    ? `If Tatin ends now, so does the job “${jobs[0]?.title ?? ''}”; it can be tried again.`
    : `If Tatin ends now, so do ${jobs.length} jobs; they can be tried again.`;
}

/** What is asked when machines have not ended after a while. Saving is never cut off, as it would lose what was open. */
export function patienceQuestion(
  how: 'suspend' | 'shutDown',
  waitingFor: readonly MachineVm[],
): Question<PatienceChoice> {
  const names = listWords(waitingFor.map((vm) => vm.name));
  const [verb, reason] =
    how === 'suspend'
      ? ['has not been saved yet', 'A large memory takes a while to write.']
      : ['has not shut down yet', 'The guest may be busy, or wait for an answer on its screen.'];
  return {
    message: `${names} ${waitingFor.length === 1 ? verb : verb.replace('has', 'have')}`,
    detail: reason,
    answers: [
      { label: 'Keep Waiting', choice: 'wait' },
      ...(how === 'shutDown' ? [{ label: 'Force Stop', choice: 'forceStop' } as const] : []),
      { label: 'Cancel', choice: 'cancel' },
    ],
  };
}

/** "“a”, “b” and 3 more". */
function listWords(names: readonly string[]): string {
  const quoted = names.map((name) => `“${name}”`);
  if (quoted.length <= 1) return quoted.join('');
  if (quoted.length <= 4) return `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1) ?? ''}`;
  return `${quoted.slice(0, 3).join(', ')} and ${quoted.length - 3} more`;
}
