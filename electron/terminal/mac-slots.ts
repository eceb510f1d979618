import { AppError } from '../contract/errors.ts';
import type { MachineVm } from '../contract/machine.ts';
import { takesSlot, type WayOut, waysOut } from '../contract/macos.ts';
import { limitReached, maxMacGuests } from '../hypervisor/vz/mac-limit.ts';
import { runningMacs } from '../operations/macos/mac-images.ts';
import { makeWay } from '../operations/macos/start-instead.ts';
import type { MachineService } from '../operations/machines/machine-service.ts';
import { openAllServices } from '../operations/open-services.ts';
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
  const running = vms.filter((vm) => vm.kind === 'machine').filter((vm) => vm.name !== wanted && takesSlot(vm));
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

/**
 * Has a macOS VM make way before `wanted` is started where nobody can be asked any more: in a process of its own.
 * @throws AppError `vm-not-found`, and as {@link makeWayInTerminal}
 */
export async function askForSlot(wanted: string, terminal: Terminal): Promise<void> {
  await using services = await openAllServices();
  const { config } = await services.library.get(wanted);
  if (config.os !== 'darwin') return;
  const names = (await runningMacs(services.library)).filter((name) => name !== wanted);
  if (names.length >= maxMacGuests) await makeWayInTerminal(services.machines, wanted, limitReached(names), terminal);
}

function choicesOf(vm: MachineVm): Choice[] {
  const { name } = vm;
  return waysOut(vm).map((how) => ({ name, how, text: how === 'suspend' ? `Suspend ${name}` : `Shut ${name} down` }));
}

async function choose(choices: readonly Choice[], limit: AppError, terminal: Terminal): Promise<Choice> {
  for (;;) {
    const answer = (await ask(terminal, `Choose one, 1 to ${choices.length}, or Return to cancel: `)).trim();
    if (answer === '') throw limit;
    const chosen = /^\d+$/.test(answer) ? choices[Number(answer) - 1] : undefined;
    if (chosen !== undefined) return chosen;
  }
}

function withCommands(limit: AppError, choices: readonly Choice[]): AppError {
  const commands = choices.map(({ name, how }) => `tatin ${how === 'suspend' ? 'suspend' : 'stop'} ${name}`);
  return new AppError(limit.code, limit.message, {
    hint: `One of these frees a slot: ${commands.join(', ')}.`,
    details: limit.details,
    retry: true,
    cause: limit,
  });
}
