import { AppError } from '../contract/errors.ts';
import type { MachineVm } from '../contract/machine.ts';
import { allowedVerbs, isAlive } from '../contract/verbs.ts';
import type { MachineService } from '../services/machine-service.ts';
import { type WayOut, makeWay } from '../services/mac-slots.ts';
import { ask } from './prompt.ts';
import type { Terminal } from './terminal.ts';

/** One thing that a person can choose. */
interface Choice {
  readonly name: string;
  readonly how: WayOut;
  readonly text: string;
}

/**
 * Asks which of the macOS VMs that run makes way for `wanted`, and waits until it has. Where nobody can be asked, the error
 * says which commands would do it.
 * @param limit why `wanted` was not started
 * @throws AppError `machine-limit` as it was where nothing can be or was chosen, and as `makeWay`
 */
export async function makeWayInTerminal(
  machines: MachineService,
  wanted: string,
  limit: AppError,
  terminal: Terminal,
): Promise<void> {
  const vms = await machines.list();
  const running = vms
    .filter((vm) => vm.kind === 'machine')
    .filter(({ os, name, state }) => os === 'darwin' && name !== wanted && isAlive(state.phase));
  const choices = running.flatMap(choicesOf);
  if (choices.length === 0) throw limit;
  const { stdin, stderr } = terminal.streams;
  if (!stdin.isTTY || !stderr.isTTY) throw withCommands(limit, choices);
  terminal.note(limit.message);
  choices.forEach(({ text }, index) => terminal.note(`  ${index + 1}  ${text}`));
  const chosen = await choose(choices, limit, terminal);
  terminal.note(`${chosen.text}…`);
  await makeWay(machines, chosen.name, chosen.how, terminal.interrupted);
}

function choicesOf(vm: MachineVm): Choice[] {
  const { name } = vm;
  const verbs = allowedVerbs(vm);
  return [
    ...(verbs.has('suspend') ? [{ name, how: 'suspend' as const, text: `Suspend ${name}` }] : []),
    ...(verbs.has('shutDown') ? [{ name, how: 'shutDown' as const, text: `Shut ${name} down` }] : []),
  ];
}

async function choose(choices: readonly Choice[], limit: AppError, terminal: Terminal): Promise<Choice> {
  for (;;) {
    const answer = (await ask(terminal, `Which one makes way? 1 to ${choices.length}, or Return for none: `)).trim();
    if (answer === '') throw limit;
    const chosen = /^\d+$/.test(answer) ? choices[Number(answer) - 1] : undefined;
    if (chosen !== undefined) return chosen;
  }
}

function withCommands(limit: AppError, choices: readonly Choice[]): AppError {
  const commands = choices.map(({ name, how }) => `tatin ${how === 'suspend' ? 'suspend' : 'stop'} ${name}`);
  return new AppError(limit.code, limit.message, {
    hint: `One of these makes room: ${commands.join(', ')}.`,
    details: limit.details,
    retry: true,
    cause: limit,
  });
}
