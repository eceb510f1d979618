import type { CommandId } from '../contract/commands.ts';
import type { Handlers } from '../contract/contract.ts';
import { AppError } from '../contract/errors.ts';
import type { MachineVm, VmId } from '../contract/machine.ts';
import type { Question } from './quit.ts';

/** What a machine's command in the menu bar needs of the app. */
export interface MachineActionContext {
  handlers: Handlers;
  openConsole(id: VmId): void;
  copy(text: string): Promise<void>;
  ask(question: Question<'do' | 'cancel'>): Promise<'do' | 'cancel'>;
  tell(error: AppError): Promise<void>;
  /** Aborts when the app ends. */
  signal: AbortSignal;
}

/** Commands that are one request and nothing more. */
const requests = {
  'machine.start': 'machines.start',
  'machine.resume': 'machines.resume',
  'machine.pause': 'machines.pause',
  'machine.suspend': 'machines.suspend',
  'machine.shutDown': 'machines.shutDown',
  'machine.forceStop': 'machines.forceStop',
} as const satisfies Partial<Record<CommandId, keyof Handlers>>;

/** Does what a menu item of a machine says, through the same handlers as windows; what goes wrong is told. */
export async function runMachineCommand(id: CommandId, vm: MachineVm, duties: MachineActionContext): Promise<void> {
  if (id === 'machine.console') {
    duties.openConsole(vm.id);
    return;
  }
  if (id === 'machine.copyAddress') {
    if (vm.address !== undefined) await duties.copy(vm.address.ip);
    return;
  }
  if (!isRequest(id)) throw new Error(`The menu bar offers ${id}, and nothing does it.`);
  if (id === 'machine.forceStop' && (await duties.ask(forceStopQuestion(vm))) !== 'do') return;
  try {
    await duties.handlers[requests[id]]({ id: vm.id }, { signal: duties.signal });
  } catch (error) {
    if (!duties.signal.aborted) await duties.tell(AppError.from(error));
  }
}

/** Cancel is the default: what force stop loses does not come back. */
export function forceStopQuestion(vm: MachineVm): Question<'do' | 'cancel'> {
  return {
    message: `Force stop “${vm.name}”?`,
    detail: 'This is like pulling the plug: what the guest has not written to its disk yet is lost.',
    answers: [
      { label: 'Force Stop', choice: 'do' },
      { label: 'Cancel', choice: 'cancel' },
    ],
    safe: 'cancel',
  };
}

function isRequest(id: CommandId): id is keyof typeof requests {
  return id in requests;
}
