import { type Command, type CommandId, commandById } from '../../../electron/contract/commands.ts';
import type { ProcedureName } from '../../../electron/contract/contract.ts';
import type { Vm } from '../../../electron/contract/machine.ts';
import { allowedVerbs, type Verb } from '../../../electron/contract/verbs.ts';

/** The verbs that a console offers, each with its call, in the order of the toolbar. */
export const consoleVerbs = [
  { id: 'machine.start', call: 'machines.start' },
  { id: 'machine.resume', call: 'machines.resume' },
  { id: 'machine.pause', call: 'machines.pause' },
  { id: 'machine.suspend', call: 'machines.suspend' },
  { id: 'machine.shutDown', call: 'machines.shutDown' },
  { id: 'machine.reset', call: 'machines.reset' },
  { id: 'machine.forceStop', call: 'machines.forceStop' },
] as const satisfies readonly { id: CommandId; call: ProcedureName }[];
export type ConsoleVerb = (typeof consoleVerbs)[number];

/** What is lost by a verb, asked before it is done. */
export const questions: Partial<Record<ConsoleVerb['id'], { verb: string; title: string; text: string }>> = {
  'machine.reset': {
    verb: 'Reset',
    title: 'Reset “%”?',
    text: 'It starts again at once, as if its reset button were pressed. What the guest has not written to its disk is lost.',
  },
  'machine.forceStop': {
    verb: 'Force Stop',
    title: 'Force “%” to stop?',
    text: 'It ends at once, as if its plug were pulled. What the guest has not written to its disk is lost. Shut Down asks the guest instead.',
  },
};

/** Whether the verb makes sense for the VM now. */
export function isAllowed(id: ConsoleVerb['id'], vm: Vm | undefined): boolean {
  const { verb } = commandById(id);
  return vm !== undefined && verb !== undefined && allowedVerbs(vm).has(verb);
}

/** A suspended machine starts where it was, so its verb is called Resume. */
export function titleOf(command: Command, vm: Vm | undefined): string {
  const verb: Verb | undefined = command.verb;
  const isSuspended = vm?.kind === 'machine' && vm.state.phase === 'suspended';
  return verb === 'start' && isSuspended ? 'Resume' : command.title;
}

/** The commands that can be run in a console now, for menus and keys. */
export function enabledCommands(now: {
  readonly vm: Vm | undefined;
  readonly takesKeys: boolean;
  readonly captured: boolean;
  readonly isSerialOpen: boolean;
}): CommandId[] {
  const { vm, takesKeys, captured, isSerialOpen } = now;
  const when = (isTrue: boolean, id: CommandId): CommandId[] => (isTrue ? [id] : []);
  return [
    ...consoleVerbs.filter(({ id }) => isAllowed(id, vm)).map(({ id }) => id),
    ...when(vm?.kind === 'machine' && vm.address !== undefined, 'machine.copyAddress'),
    'view.serial',
    'view.fullScreen',
    ...when(isSerialOpen, 'edit.find'),
    ...when(takesKeys, 'console.ctrlAltDelete'),
    ...when(captured, 'console.release'),
    'window.library',
  ];
}
