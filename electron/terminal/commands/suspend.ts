import { AppError } from '../../contract/errors.ts';
import { openAllServices } from '../../operations/open-services.ts';
import { signalOwner } from '../../operations/machines/other-programs.ts';
import type { DefineCommand } from '../program.ts';
import { configPath, notRunning, waitForEnd } from '../running.ts';
import type { Terminal } from '../terminal.ts';

/** A guest with much memory on a slow disk; the person can interrupt the wait. */
const otherProgramMs = 10 * 60_000;

export const define: DefineCommand = (command, terminal) => {
  command
    .description("Save a running VM's state to disk and end it; tatin run goes on from there")
    .argument('<name>', 'VM that runs')
    .action((name: string) => suspend(name, terminal));
};

async function suspend(name: string, terminal: Terminal): Promise<void> {
  await using services = await openAllServices();
  const vm = await services.library.get(name);
  if (vm.lockPid === undefined) throw notRunning(name);
  await services.library.touch(name);
  const row = await services.machines.get(name);
  const isElsewhere = row.kind === 'machine' && row.state.phase === 'running' && row.state.owner === 'elsewhere';
  if (!isElsewhere) {
    await services.machines.suspend(name);
    return;
  }
  // Tart's own signal for it, to whatever program runs it.
  const pid = signalOwner(configPath(vm.folder), 'SIGUSR1');
  const hasEnded = await waitForEnd(vm.folder, pid, otherProgramMs, terminal.interrupted);
  if (!hasEnded || (await services.library.get(name)).suspendedAt === undefined)
    throw new AppError('suspend-failed', `Process ${pid}, which runs ${name}, has not saved its state.`, {
      hint: 'Tart suspends only macOS guests that it started with --suspendable.',
    });
}
