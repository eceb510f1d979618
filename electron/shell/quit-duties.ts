import type { Handlers } from '../contract/contract.ts';
import { endsWithTatin } from '../contract/job.ts';
import type { AppError } from '../contract/errors.ts';
import type { MachineVm } from '../contract/machine.ts';
import { allowedVerbs } from '../contract/verbs.ts';
import { endMachines, saveMachines } from './end-machines.ts';
import { ownRunning, patienceQuestion, quitQuestion, type Question } from './quit.ts';
import type { QuitActions } from './quit-gate.ts';
import type { Status } from './status.ts';
import { readSettings } from '../settings/settings-file.ts';

/** What quitting is decided from, and done with. */
export interface QuitParts extends Pick<QuitActions, 'letGo' | 'quit'> {
  status: Status;
  handlers: Handlers;
  ask<Choice extends string>(question: Question<Choice>, signal?: AbortSignal): Promise<Choice>;
  tell(error: AppError): Promise<void>;
}

/** Joins the quit gate to the machines and jobs there are. */
export function quitDuties(parts: QuitParts): QuitActions {
  const { status, handlers } = parts;
  const running = (): MachineVm[] => ownRunning(status.vms);
  return {
    question: () => quitQuestion(status.vms, status.jobs),
    ask: (question, signal) => {
      const answer = settledAnswer(question, readSettings()['quit.runningMachines']);
      return answer === undefined ? parts.ask(question, signal) : Promise.resolve(answer);
    },
    tell: (error) => parts.tell(error),
    letGo: () => parts.letGo(),
    quit: () => parts.quit(),
    end: (how, signal) => endMachines(idsOf(running()), how, parts, signal),
    patience: (how) => {
      const waitingFor = running();
      return waitingFor.length === 0 ? undefined : patienceQuestion(how, waitingFor);
    },
    forceStop: async () => {
      const stoppable = running().filter((vm) => allowedVerbs(vm).has('forceStop'));
      await Promise.all(
        idsOf(stoppable).map((id) => handlers['machines.forceStop']({ id }, { signal: new AbortController().signal })),
      );
    },
    jobsEnded: (signal) =>
      status.until(() => (status.jobs.some(endsWithTatin) ? undefined : null), signal).then(() => {}),
    saveDependants: async (signal) => {
      const dependants = idsOf(running().filter((vm) => vm.survivesApp !== true));
      const left = await saveMachines(dependants, parts, signal);
      if (left.length > 0) console.error(`These machines lose their power as Tatin ends: ${left.join(', ')}`);
    },
  };
}

/** What the settings answer for the person: only about machines, and only what the question offers. */
function settledAnswer<Choice extends string>({ answers }: Question<Choice>, settled: string): Choice | undefined {
  const isAboutMachines = answers.some(({ choice }) => choice === 'suspend');
  return isAboutMachines ? answers.find(({ choice }) => choice === settled)?.choice : undefined;
}

function idsOf(vms: readonly MachineVm[]): string[] {
  return vms.map((vm) => vm.id);
}
