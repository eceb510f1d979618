import { type CommandAt, commandById } from '../contract/commands/commands.ts';
import type { Handlers } from '../contract/contract.ts';
import { AppError } from '../contract/errors.ts';
import type { MachineVm, VmId } from '../contract/machine.ts';
import { allowedVerbs, type RequestVerb, verbProcedures } from '../contract/verbs.ts';
import { isLossy, type LossyVerb, verbQuestion } from '../contract/words/verb-questions.ts';
import type { Question } from './quit.ts';

/** What a machine's command in the menu bar needs of the app. */
interface MachineActionContext {
  handlers: Handlers;
  openConsole(id: VmId): void;
  copy(text: string): Promise<void>;
  ask(question: Question<'do' | 'cancel'>): Promise<'do' | 'cancel'>;
  tell(error: AppError): Promise<void>;
  /** Aborts when the app ends. */
  signal: AbortSignal;
}

type MachineCommandId = CommandAt<'tray'>['id'];

interface MachineAction {
  /** Whether it makes sense for the machine now. */
  readonly when: (vm: MachineVm) => boolean;
  readonly perform: (vm: MachineVm, context: MachineActionContext) => Promise<void> | void;
}

const actions: Readonly<Record<MachineCommandId, MachineAction>> = {
  'machine.start': verbAction('start'),
  'machine.resume': verbAction('resume'),
  'machine.console': {
    when: (vm) => allowedVerbs(vm).has('openConsole'),
    perform: (vm, context) => context.openConsole(vm.id),
  },
  'machine.pause': verbAction('pause'),
  'machine.suspend': verbAction('suspend'),
  'machine.shutDown': verbAction('shutDown'),
  'machine.forceStop': verbAction('forceStop'),
  'machine.copyAddress': {
    when: (vm) => vm.address !== undefined,
    perform: (vm, context) => context.copy(vm.address?.ip ?? ''),
  },
};

/** The menu bar's commands of a machine. They go through the same handlers as windows; what goes wrong is told. */
export const machineCommands = (Object.keys(actions) as MachineCommandId[]) // The keys are those of the type.
  .map((id) => ({ ...commandById(id), ...actions[id] }));
export type MachineCommand = (typeof machineCommands)[number];

function verbAction(verb: RequestVerb): MachineAction {
  return {
    when: (vm) => allowedVerbs(vm).has(verb),
    perform: async (vm, context) => {
      if (isLossy(verb) && (await context.ask(lossQuestion(verb, vm))) !== 'do') return;
      try {
        await context.handlers[verbProcedures[verb]]({ id: vm.id }, { signal: context.signal });
      } catch (error) {
        if (!context.signal.aborted) await context.tell(AppError.from(error));
      }
    },
  };
}

/** Cancel is the default: what is lost does not come back. */
export function lossQuestion(lossyVerb: LossyVerb, vm: MachineVm): Question<'do' | 'cancel'> {
  const { title, text, verb } = verbQuestion(lossyVerb, `“${vm.name}”`);
  return {
    message: title,
    detail: text,
    answers: [
      { label: verb, choice: 'do' },
      { label: 'Cancel', choice: 'cancel' },
    ],
    safe: 'cancel',
  };
}
